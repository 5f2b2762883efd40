import tracemalloc

import orjson
import pytest

from domain.session import SessionId
from entrypoints.http.known_lists import BYTES_AN_ENTRY, KnownList, KnownLists

ADA, BOB, EVE = SessionId(b"a"), SessionId(b"b"), SessionId(b"e")


def session(number: int) -> SessionId:
    return SessionId(number.to_bytes(16, "big"))


def test_a_list_is_kept_until_a_newer_one_takes_its_place() -> None:
    lists = KnownLists(1_000_000)

    lists.keep(ADA, KnownList(1, b"[1]"))
    lists.keep(BOB, KnownList(8, b"[8]"))
    lists.keep(ADA, KnownList(2, b"[2]"))

    assert lists.of_session(ADA) == KnownList(2, b"[2]")
    assert lists.of_session(BOB) == KnownList(8, b"[8]")


def test_a_list_that_was_never_kept_has_a_revision_that_no_list_has() -> None:
    assert KnownLists(1_000_000).of_session(ADA).revision < 0


def test_the_list_made_longest_ago_goes_when_there_is_no_room() -> None:
    lists = KnownLists(max_bytes=2 * (BYTES_AN_ENTRY + 5))
    lists.keep(ADA, KnownList(1, b"12345"))
    lists.keep(BOB, KnownList(1, b"12345"))
    lists.keep(ADA, KnownList(2, b"12345"))

    lists.keep(EVE, KnownList(1, b"12345"))

    assert lists.of_session(BOB).revision < 0
    assert lists.of_session(ADA).revision == 2
    assert lists.of_session(EVE).revision == 1


def test_a_list_that_grows_takes_the_room_of_another() -> None:
    lists = KnownLists(max_bytes=2 * (BYTES_AN_ENTRY + 5))
    lists.keep(ADA, KnownList(1, b"12345"))
    lists.keep(BOB, KnownList(1, b"12345"))

    lists.keep(BOB, KnownList(2, b"123456"))

    assert lists.of_session(ADA).revision < 0
    assert lists.of_session(BOB).revision == 2


def test_a_newer_list_gives_back_the_room_of_the_one_before() -> None:
    lists = KnownLists(max_bytes=2 * (BYTES_AN_ENTRY + 5))
    lists.keep(ADA, KnownList(1, b"12345"))
    lists.keep(ADA, KnownList(2, b"12345"))

    lists.keep(BOB, KnownList(1, b"12345"))

    assert lists.of_session(ADA).revision == 2
    assert lists.of_session(BOB).revision == 1


@pytest.mark.parametrize("people", [105, 150, 300])
def test_when_more_people_than_fit_ask_in_turn_most_of_the_room_is_of_use(people: int) -> None:
    lists = KnownLists(max_bytes=100 * BYTES_AN_ENTRY)
    rounds = 20
    known = 0

    for number in range(rounds * people):
        one = session(number % people)
        known += lists.of_session(one).revision == 1
        lists.keep(one, KnownList(1, b""))

    assert known / rounds > 60


def test_newcomers_come_in_after_a_while_when_the_room_is_taken() -> None:
    lists = KnownLists(max_bytes=100 * BYTES_AN_ENTRY)
    newcomers = [session(number) for number in range(100, 200)]
    for number in range(100):
        lists.keep(session(number), KnownList(1, b""))

    for _ in range(10):
        for new in newcomers:
            if lists.of_session(new).revision < 0:
                lists.keep(new, KnownList(1, b""))

    assert sum(lists.of_session(new).revision == 1 for new in newcomers) > 50


def test_a_list_larger_than_all_the_room_is_not_kept_and_leaves_the_others() -> None:
    lists = KnownLists(max_bytes=BYTES_AN_ENTRY + 10)

    lists.keep(BOB, KnownList(1, b"1234567890"))
    lists.keep(ADA, KnownList(1, b"12345678901"))

    assert lists.of_session(ADA).revision < 0
    assert lists.of_session(BOB).revision == 1


@pytest.mark.parametrize("tasks", [0, 1, 5, 25, 40])
def test_lists_take_no_more_memory_than_their_room_however_long_they_are(tasks: int) -> None:
    lists = KnownLists(max_bytes=1_000_000)
    tracemalloc.start()

    for number in range(30_000):
        body = orjson.dumps([{"id": number, "name": "x" * 64}] * tasks)
        lists.keep(session(number), KnownList(number, body))
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert taken < 1_000_000
