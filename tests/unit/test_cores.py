import os
from collections.abc import Collection
from pathlib import Path

import pytest

from adapters.system import cores
from adapters.system.cores import Cores


class Machine:
    """What may be used of it, on which core this process was last, and what it has chosen."""

    def __init__(
        self,
        usable: Collection[int],
        monkeypatch: pytest.MonkeyPatch,
        folder: Path = Path("/nowhere"),
        last_run_on: int = 0,
    ) -> None:
        self.chosen: list[set[int]] = []
        if folder.exists():
            fields = ["7", "(a (strange) name)", "R", *["1"] * 35, str(last_run_on), "0", "0"]
            (folder / "stat").write_text(" ".join(fields))
        monkeypatch.setattr(cores, "_STAT", folder / "stat")
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(usable), raising=False)
        monkeypatch.setattr(
            os, "sched_setaffinity", lambda _, to: self.chosen.append(set(to)), raising=False
        )


@pytest.mark.parametrize(
    ("workers", "taken"), [(3, [{2}, {5}, {7}]), (5, [{2}, {5}, {7}, {2}, {5}])]
)
def test_workers_take_one_core_after_the_other(
    workers: int, taken: list[set[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine({7, 2, 5}, monkeypatch)

    for worker in range(workers):
        Cores().keep_to_one(worker, workers)

    assert machine.chosen == taken


def test_fewer_workers_than_cores_stay_where_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(range(8), monkeypatch, tmp_path, last_run_on=6)

    Cores().keep_to_one(0, 7)

    assert machine.chosen == [{6}]


def test_a_thread_may_use_all_where_the_others_keep_to_one(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine({0, 1}, monkeypatch)
    kept = Cores()
    kept.keep_to_one(1, 2)

    kept.use_all()

    assert machine.chosen == [{1}, {0, 1}]


def test_nothing_is_chosen_for_a_thread_where_none_keeps_to_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = Machine({0, 1}, monkeypatch)

    Cores().use_all()

    assert machine.chosen == []


def test_a_system_that_does_not_tell_where_it_runs_a_worker_goes_on_to_decide(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = Machine({0, 1}, monkeypatch)

    Cores().keep_to_one(0, 1)

    assert machine.chosen == []


def test_a_refusal_by_the_system_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    Machine({0, 1}, monkeypatch)

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_setaffinity", refuse)
    kept = Cores()

    kept.keep_to_one(0, 2)
    kept.use_all()


def test_where_there_is_no_choice_nothing_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_setaffinity", raising=False)
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    kept = Cores()

    kept.keep_to_one(0, 1)
    kept.use_all()
