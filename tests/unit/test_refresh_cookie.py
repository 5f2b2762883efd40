"""Which of the cookies that a browser sends is taken for the refresh cookie."""

import pytest
from falcon.testing import create_req

from domain.session import InvalidGrant
from entrypoints.http.proxies import TrustedProxies
from entrypoints.http.refresh_cookie import RefreshCookie
from entrypoints.settings import Settings


def read(cookies: str) -> str:
    """From a request under TLS."""
    cookie = RefreshCookie(Settings(), TrustedProxies(()))
    return cookie.read(create_req(scheme="https", headers={"Cookie": cookies}))


@pytest.mark.parametrize("between", ["; ", ";"])
def test_it_is_found_among_others(between: str) -> None:
    cookies = between.join(["a=1", "b", "__Host-taskward-refresh=twr_x", "taskward-refresh=2"])

    assert read(cookies) == "twr_x"


@pytest.mark.parametrize(
    "name",
    [
        "\xa0__Host-taskward-refresh",
        "\x85__Host-taskward-refresh",
        "=__Host-taskward-refresh",
        "x=1,__Host-taskward-refresh",
        "__host-taskward-refresh",
        "__Secure-taskward-refresh",
        "taskward-refresh",
    ],
)
def test_a_name_that_is_only_like_it_is_another(name: str) -> None:
    """A sibling host can plant most of these, for browsers see no prefix there."""
    with pytest.raises(InvalidGrant):
        read(f"a=1; {name}=twr_planted")
