import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from adapters.system import cores
from adapters.system.cores import Cores


class Machine:
    """Its cores by number, each with the numbers that are the same core; and what was chosen."""

    def __init__(
        self, siblings: Mapping[int, str], folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.chosen: list[set[int]] = []
        for core, text in siblings.items():
            (folder / str(core)).write_text(f"{text}\n")
        monkeypatch.setattr(cores, "_SIBLINGS", f"{folder}/{{}}")
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(siblings), raising=False)
        monkeypatch.setattr(
            os, "sched_setaffinity", lambda _, to: self.chosen.append(set(to)), raising=False
        )

    def workers_cores(self, workers: int) -> list[int]:
        pinned = Cores()
        for worker in range(workers):
            pinned.keep_to_one(worker)
        return [core for chosen in self.chosen for core in chosen]


@pytest.mark.parametrize(
    "siblings",
    [
        {0: "0-1", 1: "0-1", 2: "2-3", 3: "2-3", 4: "4", 5: "5"},
        {0: "0,3", 1: "1,4", 2: "2,5", 3: "0,3", 4: "1,4", 5: "2,5"},
    ],
)
def test_workers_share_a_core_only_when_there_are_no_others(
    siblings: dict[int, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(siblings, tmp_path, monkeypatch)

    taken = machine.workers_cores(len(siblings))

    whole = len(set(siblings.values()))
    assert len({siblings[core] for core in taken[:whole]}) == whole
    assert sorted(taken) == sorted(siblings)


def test_more_workers_than_cores_begin_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine({2: "2", 7: "7"}, tmp_path, monkeypatch)

    assert machine.workers_cores(5) == [2, 7, 2, 7, 2]


def test_a_thread_that_leaves_may_use_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine({0: "0", 1: "1"}, tmp_path, monkeypatch)

    Cores().leave()

    assert machine.chosen == [{0, 1}]


def test_a_system_that_tells_of_no_siblings_has_cores_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine({0: "", 1: ""}, tmp_path, monkeypatch)
    for file in tmp_path.iterdir():
        file.unlink()

    assert machine.workers_cores(2) == [0, 1]


def test_a_refusal_by_the_system_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Machine({0: "0", 1: "1"}, tmp_path, monkeypatch)

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_setaffinity", refuse)

    Cores().keep_to_one(0)
    Cores().leave()


def test_where_there_is_no_choice_nothing_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_setaffinity")
    monkeypatch.delattr(os, "sched_getaffinity")

    Cores().keep_to_one(1)
    Cores().leave()
