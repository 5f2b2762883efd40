from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.user import InvalidSignup, parse_email, parse_name
from tests.samples import A_SECOND, NOW, a_disabled_user, a_user


class TestParseEmail:
    @pytest.mark.parametrize(
        ("text", "address"),
        [
            ("ada@example.org", "ada@example.org"),
            ("  Ada@Example.ORG\n", "ada@example.org"),
            ("a@b", "a@b"),
            ("o'brien+tasks@sub.example.org", "o'brien+tasks@sub.example.org"),
            ("ÄDA@EXÄMPLE.org", "äda@exämple.org"),
            ("a" * 64 + "@example.org", "a" * 64 + "@example.org"),
            ("a@" + "b" * 252, "a@" + "b" * 252),
        ],
    )
    def test_an_address_is_trimmed_and_in_lower_case(self, text: str, address: str) -> None:
        assert parse_email(text) == address

    @pytest.mark.parametrize(
        "text",
        [
            "",
            " ",
            "ada",
            "@",
            "ada@",
            "@example.org",
            "ada@example@org",
            "ada lovelace@example.org",
            "ada@exam ple.org",
            "ada@example.org\x00",
            "ada\x00@example.org",
            "ada@example.org\nbcc: bob@example.org",
            "ada\x7f@example.org",
            "ada@exam\x1bple.org",
            "ada\udcff@example.org",
            "ada@exam\udcffple.org",
            "a" * 65 + "@example.org",
            "a@" + "b" * 253,
        ],
    )
    def test_what_is_no_address_is_refused(self, text: str) -> None:
        with pytest.raises(InvalidSignup, match="email address is not valid"):
            parse_email(text)

    @settings(derandomize=True, database=None, deadline=None, max_examples=50)
    @given(st.emails())
    def test_two_spellings_of_an_address_are_equal(self, text: str) -> None:
        address = parse_email(text)

        assert parse_email(address) == address
        assert parse_email(f" {text.swapcase()} ") == address


class TestParseName:
    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("Ada", "Ada"),
            ("  Ada  ", "Ada"),
            ("Mary Ann O'Neill-Ødegård", "Mary Ann O'Neill-Ødegård"),
            ("\U0001f989", "\U0001f989"),
            ("<script>", "<script>"),
            ("x" * 100, "x" * 100),
            (" " * 100 + "x" * 100, "x" * 100),
        ],
    )
    def test_a_name_is_trimmed_and_otherwise_kept(self, text: str, name: str) -> None:
        assert parse_name(text, "first name") == name

    @pytest.mark.parametrize("text", ["", "   ", "\n", "\u3000"])
    def test_a_missing_name_is_refused_by_its_name(self, text: str) -> None:
        with pytest.raises(InvalidSignup, match="The last name is missing"):
            parse_name(text, "last name")

    @pytest.mark.parametrize(
        "text", ["x" * 101, "Ada\x00", "A\nda", "A\x1bda", "A\x7fda", "A\udcffda"]
    )
    def test_a_long_name_or_one_with_control_characters_is_refused(self, text: str) -> None:
        with pytest.raises(InvalidSignup, match="The first name must have at most 100 characters"):
            parse_name(text, "first name")


class TestUser:
    def test_is_enabled_until_disabled(self) -> None:
        user = a_user()

        disabled = replace(user, disabled_at=NOW)

        assert user.is_enabled
        assert not disabled.is_enabled

    def test_a_rename_changes_the_names_that_are_given_alone(self) -> None:
        user = a_disabled_user()

        assert user.rename(first_name=" Augusta ") == replace(user, first_name="Augusta")
        assert user.rename(last_name=" King\n") == replace(user, last_name="King")
        assert user.rename() == user

    @pytest.mark.parametrize(
        ("names", "which"),
        [({"first_name": " "}, "first name"), ({"last_name": "x" * 101}, "last name")],
    )
    def test_a_rename_to_what_is_no_name_says_which(
        self, names: dict[str, str], which: str
    ) -> None:
        with pytest.raises(InvalidSignup, match=which):
            a_user().rename(**names)

    def test_a_new_password_hash_changes_nothing_else(self) -> None:
        user = a_disabled_user()

        changed = user.with_password_hash("another")

        assert changed == replace(user, password_hash="another")

    def test_a_new_password_is_the_users_from_then_on(self) -> None:
        user = a_user()

        changed = user.change_password("another", NOW + A_SECOND)

        assert changed == replace(user, password_hash="another", password_changed_at=NOW + A_SECOND)
        assert (user.has_password_since, changed.has_password_since) == (NOW, NOW + A_SECOND)
