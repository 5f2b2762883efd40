import re

_BASE64 = re.compile(r"[A-Za-z0-9+/]+=*")


def fake_imported_hash(key_base64: str, salt_base64: str) -> str:
    """What FakePasswordHasher verifies the key itself against."""
    for which, text in (("salt", salt_base64), ("hash", key_base64)):
        if not _BASE64.fullmatch(text):
            raise ValueError(f"The {which} is not base64.")
    return f"fake:0:{salt_base64}:{key_base64}"
