from time import monotonic

from adapters.persistence.turnstile import Turnstile


def test_the_first_to_come_is_let_in_at_once_and_the_others_in_their_order() -> None:
    turnstile = Turnstile()

    first, second, third = (turnstile.enter() for _ in range(3))

    assert first is None
    assert second
    assert third
    turnstile.leave()
    assert second.is_called_by(monotonic())
    assert not third.is_called_by(monotonic())
    turnstile.leave()
    assert third.is_called_by(monotonic())


def test_nobody_is_let_in_while_the_turn_is_left_to_one_who_has_not_come_yet() -> None:
    turnstile = Turnstile()
    turnstile.enter()
    turnstile.enter()

    assert turnstile.hand_over()

    assert turnstile.enter() is not None


def test_the_turn_is_kept_when_nobody_waits_for_it() -> None:
    turnstile = Turnstile()
    turnstile.enter()

    assert not turnstile.hand_over()

    assert turnstile.enter() is not None


def test_who_has_given_up_is_not_called() -> None:
    turnstile = Turnstile()
    turnstile.enter()
    place = turnstile.enter()
    assert place

    assert turnstile.is_given_up(place)

    assert not turnstile.hand_over()
    turnstile.leave()
    assert turnstile.enter() is None


def test_who_has_been_called_cannot_give_up_any_more() -> None:
    turnstile = Turnstile()
    turnstile.enter()
    place = turnstile.enter()
    assert place

    turnstile.hand_over()

    assert not turnstile.is_given_up(place)
    assert turnstile.enter() is not None
