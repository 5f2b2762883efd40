"""What every AccessTokens promises. Bind it by a subclass that overrides the fixtures."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from application.ports.access_tokens import AccessTokens
from domain.session import AccessToken, InvalidAccessToken, SessionId
from domain.user import UserId

ISSUED_AT = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)

TOKEN = AccessToken(
    user_id=UserId(2**53 - 1),
    session_id=SessionId(bytes(range(240, 256))),
    token_id="4pBq-RyiT1a_gN5h0cZy7w",
    issued_at=ISSUED_AT,
    expires_at=ISSUED_AT + timedelta(minutes=15),
)

OTHER_TOKENS = [
    replace(TOKEN, user_id=UserId(1)),
    replace(TOKEN, session_id=SessionId(bytes(16))),
    replace(TOKEN, token_id="AAAAAAAAAAAAAAAAAAAAAA"),
    replace(TOKEN, issued_at=ISSUED_AT + timedelta(seconds=1)),
    replace(TOKEN, expires_at=ISSUED_AT + timedelta(seconds=1)),
]


class AccessTokensContract:
    @pytest.fixture
    def access_tokens(self) -> AccessTokens:
        raise NotImplementedError

    @pytest.fixture
    def strangers(self) -> AccessTokens:
        """One like the subject, but with keys of its own."""
        raise NotImplementedError

    @pytest.fixture
    def elsewhere(self) -> AccessTokens:
        """One with the subject's keys, but for another audience."""
        raise NotImplementedError

    @pytest.mark.parametrize("token", [TOKEN, *OTHER_TOKENS])
    def test_what_was_signed_is_what_is_verified(
        self, access_tokens: AccessTokens, token: AccessToken
    ) -> None:
        text = access_tokens.sign(token)

        verified = access_tokens.verify(text)

        assert verified == token

    def test_a_token_is_verified_as_often_as_it_is_sent(self, access_tokens: AccessTokens) -> None:
        text = access_tokens.sign(TOKEN)

        verified = [access_tokens.verify(text) for _ in range(3)]

        assert verified == [TOKEN, TOKEN, TOKEN]

    @pytest.mark.parametrize("other", OTHER_TOKENS)
    def test_other_claims_make_another_text(
        self, access_tokens: AccessTokens, other: AccessToken
    ) -> None:
        text = access_tokens.sign(TOKEN)

        other_text = access_tokens.sign(other)

        assert other_text != text

    def test_expiry_is_left_to_the_caller(self, access_tokens: AccessTokens) -> None:
        long_ago = datetime(2001, 1, 1, tzinfo=UTC)
        text = access_tokens.sign(replace(TOKEN, issued_at=long_ago, expires_at=long_ago))

        verified = access_tokens.verify(text)

        assert verified.expires_at == long_ago

    def test_a_changed_character_anywhere_is_refused(self, access_tokens: AccessTokens) -> None:
        text = access_tokens.sign(TOKEN)

        for position, character in enumerate(text):
            other = "B" if character == "A" else "A"
            with pytest.raises(InvalidAccessToken):
                access_tokens.verify(text[:position] + other + text[position + 1 :])

    def test_a_shortened_token_is_refused(self, access_tokens: AccessTokens) -> None:
        text = access_tokens.sign(TOKEN)

        for length in range(len(text)):
            with pytest.raises(InvalidAccessToken):
                access_tokens.verify(text[:length])

    @pytest.mark.parametrize("more", [" ", "\n", "=", "==", "A", ".", "\x00", "é", "\udc80"])
    def test_a_token_with_something_added_is_refused(
        self, access_tokens: AccessTokens, more: str
    ) -> None:
        text = access_tokens.sign(TOKEN)

        for extended in (text + more, more + text):
            with pytest.raises(InvalidAccessToken):
                access_tokens.verify(extended)

    @pytest.mark.parametrize(
        "text", ["", ".", "..", "a.b.c", "junk", "\udc80", pytest.param("A" * 1_000_000, id="huge")]
    )
    def test_what_is_no_token_is_refused(self, access_tokens: AccessTokens, text: str) -> None:
        with pytest.raises(InvalidAccessToken):
            access_tokens.verify(text)

    def test_a_refused_token_is_refused_again(self, access_tokens: AccessTokens) -> None:
        text = access_tokens.sign(TOKEN) + "A"

        for _ in range(2):
            with pytest.raises(InvalidAccessToken):
                access_tokens.verify(text)

    def test_a_token_signed_with_anothers_keys_is_refused(
        self, access_tokens: AccessTokens, strangers: AccessTokens
    ) -> None:
        text = strangers.sign(TOKEN)

        with pytest.raises(InvalidAccessToken):
            access_tokens.verify(text)

    def test_a_token_for_another_audience_is_refused(
        self, access_tokens: AccessTokens, elsewhere: AccessTokens
    ) -> None:
        text = elsewhere.sign(TOKEN)

        with pytest.raises(InvalidAccessToken):
            access_tokens.verify(text)
