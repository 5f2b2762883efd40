"""What every Clock promises. Bind the suite by a subclass with the fixture ``clock``."""

from datetime import UTC

from application.ports.clock import Clock


class ClockContract:
    def test_the_time_is_aware_and_in_utc(self, clock: Clock) -> None:
        assert clock.now().tzinfo is UTC
