from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import monotonic

import pytest

from adapters.persistence.turn import Call, Turn
from adapters.persistence.turnstile import Turnstile

LONG = 20
"""Seconds, after which what should have come will not."""


@pytest.mark.parametrize("let_next_in", [Turnstile.leave, Turnstile.hand_over])
def test_the_first_to_come_is_let_in_at_once_and_the_others_in_their_order(
    let_next_in: Callable[[Turnstile], object],
) -> None:
    turnstile = Turnstile(Turn())

    first, second, third = (turnstile.enter() for _ in range(3))

    assert first is None
    assert second
    assert third
    let_next_in(turnstile)
    assert second.wait(monotonic())
    assert not third.wait(monotonic())
    let_next_in(turnstile)
    assert third.wait(monotonic())


def test_nobody_is_let_in_while_the_turn_is_left_to_one_who_has_not_come_yet() -> None:
    turnstile = Turnstile(Turn())
    turnstile.enter()
    turnstile.enter()

    assert turnstile.hand_over()

    assert turnstile.enter() is not None


def test_the_turn_is_kept_when_nobody_waits_for_it() -> None:
    turnstile = Turnstile(Turn())
    turnstile.enter()

    assert not turnstile.hand_over()

    assert turnstile.enter() is not None


def test_who_has_given_up_is_not_called() -> None:
    turnstile = Turnstile(Turn())
    turnstile.enter()
    call = turnstile.enter()
    assert call

    assert turnstile.give_up(call)

    assert not turnstile.hand_over()
    turnstile.leave()
    assert turnstile.enter() is None


def test_who_has_been_called_cannot_give_up_any_more() -> None:
    turnstile = Turnstile(Turn())
    turnstile.enter()
    call = turnstile.enter()
    assert call

    turnstile.hand_over()

    assert not turnstile.give_up(call)
    assert turnstile.enter() is not None


@pytest.mark.parametrize("let_next_in", [Turnstile.leave, Turnstile.hand_over])
def test_who_is_let_in_goes_before_others_who_are_called(
    let_next_in: Callable[[Turnstile], object],
) -> None:
    turn = Turn()
    turnstile = Turnstile(turn)
    order: list[str] = []
    have_come = [Event(), Event()]

    def write() -> None:
        with turn:
            call = turnstile.enter()
            have_come[0].set()
            assert call
            call.wait()
            order.append("let in")

    def wait() -> None:
        with turn:
            calls.append(Call(turn))
            have_come[1].set()
            calls[0].wait()
            order.append("called")

    calls: list[Call] = []
    turnstile.enter()
    with ThreadPoolExecutor(2) as threads:
        threads.submit(write)
        threads.submit(wait)
        for event in have_come:
            assert event.wait(LONG)
        with turn:
            calls[0].make()
            let_next_in(turnstile)

    assert order == ["let in", "called"]
