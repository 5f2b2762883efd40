"""What every RefreshTokens promises. Bind it by a subclass that overrides the fixtures."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from application.ports.refresh_tokens import RefreshTokens
from domain.session import InvalidGrant, RefreshToken, SessionId

ISSUED_AT = datetime(2030, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)

TOKEN = RefreshToken(SessionId(bytes(range(16))), 7, bytes(range(240, 256)))

OTHER_TOKENS = [
    replace(TOKEN, session_id=SessionId(bytes(16))),
    replace(TOKEN, generation=0),
    replace(TOKEN, generation=2**32 - 1),
    replace(TOKEN, secret=bytes(16)),
]


class RefreshTokensContract:
    @pytest.fixture
    def refresh_tokens(self) -> RefreshTokens:
        raise NotImplementedError

    @pytest.fixture
    def strangers(self) -> RefreshTokens:
        """One like the subject, but with keys of its own."""
        raise NotImplementedError

    @pytest.mark.parametrize("token", [TOKEN, *OTHER_TOKENS])
    def test_what_was_encoded_is_what_is_decoded(
        self, refresh_tokens: RefreshTokens, token: RefreshToken
    ) -> None:
        text = refresh_tokens.encode(token, ISSUED_AT)

        decoded = refresh_tokens.decode(text)

        assert decoded == token

    def test_the_same_arguments_make_the_same_text(self, refresh_tokens: RefreshTokens) -> None:
        text = refresh_tokens.encode(TOKEN, ISSUED_AT)

        again = refresh_tokens.encode(refresh_tokens.decode(text), ISSUED_AT)

        assert again == text

    @pytest.mark.parametrize("other", OTHER_TOKENS)
    def test_another_token_makes_another_text(
        self, refresh_tokens: RefreshTokens, other: RefreshToken
    ) -> None:
        text = refresh_tokens.encode(TOKEN, ISSUED_AT)

        other_text = refresh_tokens.encode(other, ISSUED_AT)

        assert other_text != text

    @pytest.mark.parametrize("days", [-3650, 3650])
    def test_a_token_is_decoded_whenever_it_was_issued(
        self, refresh_tokens: RefreshTokens, days: int
    ) -> None:
        text = refresh_tokens.encode(TOKEN, ISSUED_AT + timedelta(days=days))

        decoded = refresh_tokens.decode(text)

        assert decoded == TOKEN

    def test_a_changed_character_anywhere_is_refused(self, refresh_tokens: RefreshTokens) -> None:
        text = refresh_tokens.encode(TOKEN, ISSUED_AT)

        for position, character in enumerate(text):
            other = "B" if character == "A" else "A"
            with pytest.raises(InvalidGrant):
                refresh_tokens.decode(text[:position] + other + text[position + 1 :])

    def test_a_shortened_token_is_refused(self, refresh_tokens: RefreshTokens) -> None:
        text = refresh_tokens.encode(TOKEN, ISSUED_AT)

        for length in range(len(text)):
            with pytest.raises(InvalidGrant):
                refresh_tokens.decode(text[:length])

    @pytest.mark.parametrize("more", [" ", "\n", "=", "==", "A", ".", "\x00", "é", "\udc80"])
    def test_a_token_with_something_added_is_refused(
        self, refresh_tokens: RefreshTokens, more: str
    ) -> None:
        text = refresh_tokens.encode(TOKEN, ISSUED_AT)

        for extended in (text + more, more + text):
            with pytest.raises(InvalidGrant):
                refresh_tokens.decode(extended)

    @pytest.mark.parametrize(
        "text", ["", "junk", "\x00", "é", "\udc80", pytest.param("A" * 1_000_000, id="huge")]
    )
    def test_what_is_no_token_is_refused(self, refresh_tokens: RefreshTokens, text: str) -> None:
        with pytest.raises(InvalidGrant):
            refresh_tokens.decode(text)

    def test_a_token_made_with_anothers_keys_is_refused(
        self, refresh_tokens: RefreshTokens, strangers: RefreshTokens
    ) -> None:
        text = strangers.encode(TOKEN, ISSUED_AT)

        with pytest.raises(InvalidGrant):
            refresh_tokens.decode(text)
