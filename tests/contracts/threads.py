"""Other threads, for what happens to one transaction while another is under way."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import TypeVar

T = TypeVar("T")


def elsewhere(work: Callable[[], T]) -> T:
    """What ``work`` returns in a thread of its own, outside of this thread's transaction."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def all_at_once(works: Iterable[Callable[[], T]]) -> list[T]:
    """What each returns when all of them start together, each in a thread of its own."""
    works = list(works)
    start = Barrier(len(works))

    def run(work: Callable[[], T]) -> T:
        start.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


class Arrivals(list[None]):
    """In the place of the writers that wait for a turn: tells when one has come."""

    def __init__(self) -> None:
        self.has_come = Event()

    def append(self, _: None) -> None:
        super().append(None)
        self.has_come.set()
