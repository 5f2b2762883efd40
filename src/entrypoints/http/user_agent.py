def in_words(user_agent: str) -> tuple[str, str]:
    """Browser and system as a person calls them; empty where they can't be told."""
    # Imported when it is first needed: its rules take megabytes, and few ask.
    from ua_parser import parse  # noqa: PLC0415 # see above

    parsed = parse(user_agent)
    browser = parsed.user_agent.family if parsed.user_agent else ""
    system = parsed.os.family if parsed.os else ""
    return browser, system
