"""A security event is written in the transaction of what it records: both are there, or neither."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from application.accounts.change_password import ChangePasswordCommand
from application.accounts.reset_password import ResetPasswordCommand
from application.ports.store import StoreUnavailable
from application.second_factor.begin_second_factor import PendingSecondFactor
from application.sessions.grant_tokens import TokenGrant
from application.sessions.login import LoginCommand
from application.sessions.revoke_session import RevokeSessionCommand
from domain.password_reset import PasswordResetToken
from domain.second_factor import RecoveryCode
from domain.security_event import SecurityEvent, SecurityEventKind
from domain.user import User
from tests.unit.fakes.security_events import FakeSecurityEvents
from tests.unit.world import LAPTOP, PASSWORD, PHONE, World

NEW = "a better password"
DAY = timedelta(days=1)
Kind = SecurityEventKind


@dataclass
class Scene:
    """Ada on two devices, with a link to set a password and a second factor that she has not
    confirmed; Bob, who is disabled; and Carol, who has a second factor.
    """

    world: World
    ada: User
    bob: User
    laptop: TokenGrant
    phone: TokenGrant
    stale_refresh_token: str
    link: PasswordResetToken
    pending: PendingSecondFactor
    carols: TokenGrant
    carols_codes: Sequence[RecoveryCode]


@pytest.fixture
def scene(world: World, ada: User, bob: User) -> Scene:
    laptop, phone = world.logged_in(ada, LAPTOP), world.logged_in(ada, PHONE)
    newer = world.refreshed(phone.refresh_token)
    newest = world.refreshed(newer.refresh_token)
    world.disable_user(bob.email)
    link = world.make_password_link(ada.email, DAY)
    pending = world.pending_second_factor(ada)
    carol = world.user("carol@example.org")
    factor = world.pending_second_factor(carol)
    carols = world.logged_in(carol, code=world.code(factor))
    world.logged_in(carol, code=factor.recovery_codes[0])
    return Scene(
        world,
        ada,
        bob,
        laptop,
        newest,
        phone.refresh_token,
        link.token,
        pending,
        carols,
        factor.recovery_codes[1:],
    )


def log_in(scene: Scene) -> object:
    return scene.world.login(LoginCommand(scene.ada.email, PASSWORD, LAPTOP))


def log_out(scene: Scene) -> None:
    scene.world.logout(scene.laptop.access.session_id, LAPTOP)


def reuse(scene: Scene) -> object:
    return scene.world.refreshed(scene.stale_refresh_token)


def give_password(scene: Scene) -> object:
    return scene.world.reauthenticate(scene.world.proof(scene.laptop))


def end_other(scene: Scene) -> None:
    sessions = scene.laptop.access.session_id, scene.phone.access.session_id
    scene.world.revoke_session(RevokeSessionCommand(*sessions, LAPTOP))


def end_others(scene: Scene) -> None:
    scene.world.revoke_other_sessions(scene.laptop.access.session_id, LAPTOP)


def change_password(scene: Scene) -> None:
    access = scene.laptop.access
    scene.world.change_password(
        ChangePasswordCommand(access.user_id, access.session_id, PASSWORD, NEW, NEW, LAPTOP)
    )


def reset_password(scene: Scene) -> None:
    scene.world.reset_password(ResetPasswordCommand(scene.link, NEW, NEW, LAPTOP))


def delete_account(scene: Scene) -> None:
    scene.world.delete_account(scene.world.proof(scene.laptop))


def disable(scene: Scene) -> object:
    return scene.world.disable_user(scene.ada.email)


def enable(scene: Scene) -> object:
    return scene.world.enable_user(scene.bob.email)


def make_link(scene: Scene) -> object:
    return scene.world.make_password_link(scene.ada.email, DAY)


def end_by_operator(scene: Scene) -> None:
    scene.world.end_by_operator(scene.phone.access.session_id)


def rotate_keys(scene: Scene) -> object:
    return scene.world.rotate_keys()


def begin_second_factor(scene: Scene) -> object:
    return scene.world.pending_second_factor(scene.ada)


def add_second_factor(scene: Scene) -> None:
    code = scene.world.code(scene.pending)
    scene.world.confirm_second_factor(scene.laptop.access.session_id, code, LAPTOP)


def remove_second_factor(scene: Scene) -> None:
    scene.world.remove_second_factor(scene.world.proof(scene.carols, code=scene.carols_codes[0]))


def renew_recovery_codes(scene: Scene) -> object:
    proof = scene.world.proof(scene.carols, code=scene.carols_codes[0])
    return scene.world.renew_recovery_codes(proof)


WHAT_HAPPENS: list[tuple[Callable[[Scene], object], Kind]] = [
    (log_in, Kind.LOGGED_IN),
    (log_out, Kind.SESSION_ENDED),
    (reuse, Kind.REFRESH_TOKEN_REUSED),
    (give_password, Kind.SESSION_ENDED),
    (give_password, Kind.LOGGED_IN),
    (end_other, Kind.SESSION_ENDED),
    (end_others, Kind.SESSION_ENDED),
    (change_password, Kind.SESSION_ENDED),
    (change_password, Kind.PASSWORD_CHANGED),
    (reset_password, Kind.SESSION_ENDED),
    (reset_password, Kind.PASSWORD_RESET),
    (delete_account, Kind.ACCOUNT_DELETED),
    (disable, Kind.SESSION_ENDED),
    (disable, Kind.ACCOUNT_DISABLED),
    (enable, Kind.ACCOUNT_ENABLED),
    (make_link, Kind.PASSWORD_LINK_MADE),
    (end_by_operator, Kind.SESSION_ENDED),
    (rotate_keys, Kind.KEYS_ROTATED),
    (begin_second_factor, Kind.SECOND_FACTOR_BEGUN),
    (add_second_factor, Kind.SESSION_ENDED),
    (add_second_factor, Kind.SECOND_FACTOR_ADDED),
    (renew_recovery_codes, Kind.RECOVERY_CODES_RENEWED),
    (remove_second_factor, Kind.SESSION_ENDED),
    (remove_second_factor, Kind.SECOND_FACTOR_REMOVED),
]


def state(world: World) -> dict[str, Any]:
    """All that is stored, and the keys in use.

    Not the counts of attempts, which go before what they guard, nor the keys that are prepared.
    """
    tables = {name: dict(rows) for name, rows in vars(world.store).items() if name != "throttles"}
    keys = world.keyring.keys()
    return {**tables, "keys": [key for key in keys if key.active_from]}


@pytest.mark.parametrize(
    ("happen", "kind"), WHAT_HAPPENS, ids=[f"{it.__name__}-{kind}" for it, kind in WHAT_HAPPENS]
)
def test_what_cannot_be_recorded_does_not_happen(
    monkeypatch: pytest.MonkeyPatch, scene: Scene, happen: Callable[[Scene], object], kind: Kind
) -> None:
    before, add = state(scene.world), FakeSecurityEvents.add

    def fail(events: FakeSecurityEvents, event: SecurityEvent) -> None:
        if event.kind is kind:
            raise StoreUnavailable
        add(events, event)

    monkeypatch.setattr(FakeSecurityEvents, "add", fail)
    with pytest.raises(StoreUnavailable):
        happen(scene)

    assert state(scene.world) == before


def test_every_kind_of_event_is_among_them() -> None:
    # What fails is recorded for itself: nothing else happens by it.
    failures = {Kind.LOGIN_FAILED, Kind.CODE_FAILED, Kind.CODE_MISSING}
    assert {kind for _, kind in WHAT_HAPPENS} == set(Kind) - failures
