"""What every RateLimiter promises.

Bind the suite by a subclass with the fixture ``limiter``: one that lets a key do ``SIZE`` things
at once and ``SIZE`` more in each ``PERIOD``, and refuses by TooManyRefreshes.
"""

from datetime import timedelta

import pytest

from application.ports.rate_limiter import RateLimiter
from domain.throttle import TooManyRefreshes
from tests.samples import NOW

SIZE = 4
PERIOD = timedelta(seconds=60)
EACH = PERIOD / SIZE
MOMENT = timedelta(microseconds=1)


def use_up(limiter: RateLimiter, key: str = "a key") -> None:
    for _ in range(SIZE):
        limiter.take(key, NOW)


class RateLimiterContract:
    def test_a_key_may_do_so_much_at_once_and_no_more(self, limiter: RateLimiter) -> None:
        use_up(limiter)

        with pytest.raises(TooManyRefreshes):
            limiter.take("a key", NOW)

    def test_a_refusal_says_when_it_may_do_more(self, limiter: RateLimiter) -> None:
        use_up(limiter)

        with pytest.raises(TooManyRefreshes) as refused:
            limiter.take("a key", NOW + EACH / 3)

        assert refused.value.retry_after == EACH * 2 / 3
        limiter.take("a key", NOW + EACH)

    def test_it_may_do_one_more_each_time_that_its_share_of_the_period_is_over(
        self, limiter: RateLimiter
    ) -> None:
        use_up(limiter)

        for turn in (1, 2, 3):
            with pytest.raises(TooManyRefreshes):
                limiter.take("a key", NOW + turn * EACH - MOMENT)
            limiter.take("a key", NOW + turn * EACH + MOMENT)

    def test_whoever_is_refused_does_not_wait_the_longer_for_it(self, limiter: RateLimiter) -> None:
        use_up(limiter)
        for _ in range(10):
            with pytest.raises(TooManyRefreshes):
                limiter.take("a key", NOW)

        limiter.take("a key", NOW + EACH)

    def test_nothing_is_saved_up_beyond_what_may_be_done_at_once(
        self, limiter: RateLimiter
    ) -> None:
        limiter.take("a key", NOW - 10 * PERIOD)

        use_up(limiter)

        with pytest.raises(TooManyRefreshes):
            limiter.take("a key", NOW)

    def test_a_clock_that_is_set_back_gives_nothing_and_takes_nothing(
        self, limiter: RateLimiter
    ) -> None:
        limiter.take("a key", NOW + PERIOD)

        for _ in range(SIZE - 1):
            limiter.take("a key", NOW)

        with pytest.raises(TooManyRefreshes):
            limiter.take("a key", NOW)

    def test_keys_do_not_use_up_each_others(self, limiter: RateLimiter) -> None:
        use_up(limiter, "a key")

        use_up(limiter, "another")
