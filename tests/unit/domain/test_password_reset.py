from datetime import timedelta
from hashlib import sha256

import pytest

from domain.password_reset import PasswordReset, PasswordResetToken, hash_of
from tests.samples import ADA, NOW

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
TOKEN = PasswordResetToken("a-token")


def test_it_is_its_users_and_holds_the_tokens_hash_alone() -> None:
    reset = PasswordReset.issue(ADA, TOKEN, NOW, DAY)

    assert reset == PasswordReset(ADA, sha256(b"a-token").digest(), NOW + DAY)
    assert TOKEN not in repr(reset)


@pytest.mark.parametrize(
    ("age", "is_live"), [(timedelta(0), True), (DAY - MOMENT, True), (DAY, False), (2 * DAY, False)]
)
def test_it_lives_for_as_long_as_was_said(age: timedelta, is_live: bool) -> None:
    reset = PasswordReset.issue(ADA, TOKEN, NOW, DAY)

    assert reset.is_live(NOW + age) is is_live


def test_tokens_that_differ_by_a_letters_case_have_different_hashes() -> None:
    assert hash_of(TOKEN) != hash_of(PasswordResetToken("A-token"))


@pytest.mark.parametrize("text", ["", "\x00", "\ud800", "🦉" * 1000])
def test_any_text_has_a_hash(text: str) -> None:
    assert len(hash_of(PasswordResetToken(text))) == 32
