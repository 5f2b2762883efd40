"""The lock by which processes take turns to write."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from adapters.persistence import file_queue
from adapters.persistence.file_queue import FileQueue
from adapters.persistence.lock_file import LockFile
from application.ports.store import StoreUnavailable
from tests.integration.programs import run_python

LONG = 20
"""Seconds, after which what should have come will not."""

SHORT = 0.2
"""Seconds, in which what must not come would come."""

BEGIN = """
import os, sys
from pathlib import Path
from select import poll
from time import monotonic
from adapters.persistence.file_queue import FileQueue
from adapters.persistence.lock_file import LockFile
from application.ports.store import StoreUnavailable

path = Path(sys.argv[1])
queue = FileQueue(path)
queue.enter(monotonic())
"""

CHILD_LEAVES = """
child = os.fork()
queue.leave() if child == 0 else os.waitpid(child, 0)
if child == 0:
    os._exit(0)
print("free" if LockFile(path).try_lock() else "held")
"""

CHILD_OUTLIVES = """
# Not the end of a pipe: that may come before what else the parent has open is closed.
parent = poll()
parent.register(os.pidfd_open(os.getpid()))
if os.fork() == 0:
    parent.poll()
    print("free" if LockFile(path).try_lock() else "held", flush=True)
os._exit(0)
"""

CHILD_ENTERS = """
queue.leave()
until_child_is_in, say_so = os.pipe()
until_parent_ends, held_by_parent = os.pipe()
if os.fork() == 0:
    os.close(held_by_parent)
    queue.enter(monotonic())
    os.close(say_so)
    os.read(until_parent_ends, 1)
    os._exit(0)
os.close(say_so)
os.read(until_child_is_in, 1)
try:
    queue.enter(monotonic())
    print("free")
except StoreUnavailable:
    print("held")
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "queue"


@pytest.fixture
def queue(path: Path) -> FileQueue:
    return FileQueue(path)


@pytest.fixture
def other(path: Path) -> LockFile:
    """The lock as another process sees it, who holds it."""
    file = LockFile(path)
    assert file.try_lock()
    return file


def give_up(queue: FileQueue) -> list[threading.Thread]:
    """Have no time to wait. Returns the threads that go on waiting and did not before."""
    before = threading.enumerate()
    with pytest.raises(StoreUnavailable):
        queue.enter(monotonic())
    return [thread for thread in threading.enumerate() if thread not in before]


@pytest.fixture
def enter_when_other_leaves(
    queue: FileQueue, other: LockFile, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], None]:
    waits = Event()

    def now() -> float:
        """Asked for last before a wait."""
        waits.set()
        return monotonic()

    def enter() -> None:
        monkeypatch.setattr(file_queue, "monotonic", now)
        with ThreadPoolExecutor(1) as threads:
            entered = threads.submit(queue.enter, monotonic() + LONG)
            waits.wait(LONG)
            other.unlock()
            entered.result()

    return enter


def assert_held_until_left(queue: FileQueue, other: LockFile) -> None:
    assert not other.try_lock()
    queue.leave()
    assert other.try_lock()


def test_the_turn_comes_when_another_process_leaves(
    queue: FileQueue, other: LockFile, enter_when_other_leaves: Callable[[], None]
) -> None:
    enter_when_other_leaves()

    assert_held_until_left(queue, other)


def test_a_wait_that_was_given_up_keeps_the_lock_from_nobody(
    queue: FileQueue, other: LockFile
) -> None:
    (waiting,) = give_up(queue)

    other.unlock()
    waiting.join(LONG)

    assert other.try_lock()


def test_a_wait_that_was_given_up_does_not_free_a_lock_that_is_taken_later(
    queue: FileQueue, other: LockFile
) -> None:
    (waiting,) = give_up(queue)

    other.unlock()
    queue.enter(monotonic() + LONG)
    waiting.join(SHORT)

    assert not other.try_lock()
    queue.leave()
    waiting.join(LONG)
    assert other.try_lock()


def test_a_wait_that_was_given_up_is_taken_up_again_and_no_other_begun(
    queue: FileQueue, other: LockFile, enter_when_other_leaves: Callable[[], None]
) -> None:
    (waiting,) = give_up(queue)

    others = [give_up(queue) for _ in range(3)]
    enter_when_other_leaves()
    waiting.join(LONG)

    assert others == [[], [], []]
    assert_held_until_left(queue, other)


def test_a_file_that_took_the_place_of_another_is_found_by_who_starts_anew(
    queue: FileQueue, path: Path
) -> None:
    queue.enter(monotonic())
    path.unlink()
    queue.start_anew()
    other = LockFile(path)

    queue.enter(monotonic())

    assert_held_until_left(queue, other)


def test_a_lock_file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    queue = FileQueue(tmp_path / "missing" / "queue")

    with pytest.raises(StoreUnavailable, match="cannot be opened: No such file or directory"):
        queue.enter(monotonic())


@pytest.mark.parametrize(
    ("what_happens", "lock"),
    [(CHILD_LEAVES, "held"), (CHILD_OUTLIVES, "free"), (CHILD_ENTERS, "held")],
    ids=["a child leaves", "a child outlives its parent", "a child enters"],
)
def test_a_fork_shares_no_lock(path: Path, what_happens: str, lock: str) -> None:
    program = run_python(BEGIN + what_happens, str(path))

    assert (program.returncode, program.stdout) == (0, f"{lock}\n")
