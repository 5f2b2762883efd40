"""Somebody with an account, as a test needs them."""

from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx

PASSWORD = "correct horse battery"
_numbers = count(1)


@dataclass
class Person:
    email: str
    password: str = PASSWORD

    def log_in(self, client: httpx.Client) -> dict[str, Any]:
        answer = client.post(
            "/api/users/login", json={"email": self.email, "password": self.password}
        )
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens


def sign_up(client: httpx.Client, **members: Any) -> Person:
    person = Person(f"person{next(_numbers)}@example.org")
    answer = client.post("/api/users/signup", json=signup_body(person.email, **members))
    assert answer.status_code == 201, answer.text
    return person


def signup_body(email: str, /, **members: Any) -> dict[str, Any]:
    return {
        "email": email,
        "password": PASSWORD,
        "confirmPassword": PASSWORD,
        "firstName": "Ada",
        "lastName": "Lovelace",
        **members,
    }


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['accessToken']}"}
