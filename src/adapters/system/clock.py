from datetime import UTC, datetime


class SystemClock:
    """Clock port: the machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)
