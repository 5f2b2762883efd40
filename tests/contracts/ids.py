"""What every Ids promises. Bind the suite by a subclass with the fixture ``ids``."""

import re
from collections.abc import Callable

import pytest

from application.ports.ids import Ids

MANY = 1000


class IdsContract:
    @pytest.mark.parametrize(
        "draw",
        [
            Ids.user_id,
            Ids.session_id,
            Ids.security_event_id,
            Ids.session_secret,
            Ids.password_reset_token,
            Ids.recovery_code,
            Ids.token_id,
        ],
        ids=lambda draw: draw.__name__,
    )
    def test_nothing_is_given_twice(self, ids: Ids, draw: Callable[[Ids], object]) -> None:
        drawn = {getattr(ids, draw.__name__)() for _ in range(MANY)}

        assert len(drawn) == MANY

    def test_a_user_id_is_positive_and_safe_in_json(self, ids: Ids) -> None:
        drawn = [ids.user_id() for _ in range(MANY)]

        assert all(0 < user_id < 2**53 for user_id in drawn)

    def test_ids_in_bytes_and_secrets_have_sixteen_of_them(self, ids: Ids) -> None:
        drawn = [ids.session_id(), ids.security_event_id(), ids.session_secret()]

        assert [len(each) for each in drawn] == [16, 16, 16]

    def test_a_recovery_code_is_28_characters_in_groups_of_7(self, ids: Ids) -> None:
        assert re.fullmatch(r"[A-Z0-9]{7}(-[A-Z0-9]{7}){3}", ids.recovery_code())

    def test_tokens_consist_of_base64url_characters(self, ids: Ids) -> None:
        drawn = [ids.token_id(), ids.password_reset_token()]

        assert all(re.fullmatch(r"[A-Za-z0-9_-]+", each) for each in drawn)
        assert len(drawn[0]) * 6 >= 128
