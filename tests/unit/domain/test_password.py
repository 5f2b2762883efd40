import pytest

from domain.password import WeakPassword, check_password
from domain.user import EmailAddress

COMMON = {"trustno1!", "correct horse"}


def check(password: str) -> None:
    check_password(
        password,
        email=EmailAddress("ada.lovelace@example.org"),
        names=("Augusta", "King-Noel"),
        common=COMMON,
    )


@pytest.mark.parametrize(
    "password",
    [
        "tulip 42",
        "        ",
        "\U0001f511" * 8,
        "ä" * 8,
        "q" * 128,
        "\U0001f511" * 128,
        "correct horse!",
        "ada.lovelace@example.com",
        "xaugusta",
    ],
)
def test_a_password_of_8_to_128_characters_is_accepted(password: str) -> None:
    check(password)


@pytest.mark.parametrize("password", ["", "seven 7", "\U0001f511" * 7])
def test_one_of_fewer_than_8_characters_is_refused(password: str) -> None:
    with pytest.raises(WeakPassword, match="at least 8 characters"):
        check(password)


@pytest.mark.parametrize("password", ["q" * 129, "\U0001f511" * 129])
def test_one_of_more_than_128_characters_is_refused(password: str) -> None:
    with pytest.raises(WeakPassword, match="at most 128 characters"):
        check(password)


@pytest.mark.parametrize("password", ["trustno1!", "TrustNo1!", "CORRECT HORSE"])
def test_a_common_one_is_refused_in_any_case(password: str) -> None:
    with pytest.raises(WeakPassword, match="most common"):
        check(password)


@pytest.mark.parametrize(
    "password",
    [
        "ada.lovelace@example.org",
        "Ada.Lovelace@Example.ORG",
        "ada.lovelace",
        "King-Noel",
        "king-noel",
        "Augusta King-Noel",
        "augustaking-noel",
    ],
)
def test_the_owners_address_or_name_is_refused_in_any_case(password: str) -> None:
    with pytest.raises(WeakPassword, match="must not be your email address or your name"):
        check(password)


def test_a_refusal_does_not_repeat_the_password() -> None:
    with pytest.raises(WeakPassword) as refused:
        check("trustno1!")

    assert "trustno1!" not in str(refused.value)
