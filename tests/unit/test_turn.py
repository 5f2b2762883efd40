from threading import Event, Thread

from adapters.system.turn import Turn


def test_whoever_steps_aside_lets_another_have_the_turn() -> None:
    turn = Turn()
    other_had_it = Event()

    def take() -> None:
        with turn:
            other_had_it.set()

    with turn:
        other = Thread(target=take)
        other.start()
        with turn.aside():
            other.join()

    assert other_had_it.is_set()


def test_whoever_has_the_turn_keeps_it_until_done() -> None:
    turn = Turn()
    order: list[str] = []
    is_asking = Event()

    def take() -> None:
        is_asking.set()
        with turn:
            order.append("other")

    with turn:
        other = Thread(target=take)
        other.start()
        is_asking.wait()
        order.append("first")
    other.join()

    assert order == ["first", "other"]


def test_stepping_aside_without_the_turn_changes_nothing() -> None:
    turn = Turn()

    with turn.aside():
        pass

    with turn:
        pass
