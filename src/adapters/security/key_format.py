"""What is inside the file: JSON, times in ISO 8601, secrets in base64."""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from adapters.security.key_material import MASTER_ALGORITHM, SIGNING_ALGORITHMS
from adapters.security.key_set import MASTER_KEY_IDS
from adapters.security.keys import Key
from application.ports.keyring import KeyPurpose

_FORMAT = 1
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ALGORITHMS = {KeyPurpose.ACCESS: SIGNING_ALGORITHMS, KeyPurpose.REFRESH: (MASTER_ALGORITHM,)}


def dump(keys: Sequence[Key]) -> bytes:
    document = {"format": _FORMAT, "keys": [_to_json(key) for key in keys]}
    return json.dumps(document, indent=1).encode() + b"\n"


def parse(content: bytes) -> tuple[Key, ...]:
    """Raises ValueError, without a word of the content, for what ``dump`` did not make."""
    try:
        keys = _to_keys(**json.loads(content))
    except (ValueError, TypeError, KeyError, RecursionError):
        # The errors of JSON and base64 carry what they choke on, which may be secrets.
        raise ValueError("This is not a keyring.") from None
    _check(keys)
    return keys


def _to_keys(*, format: int, keys: list[dict[str, str]]) -> tuple[Key, ...]:  # noqa: A002 - see _to_key
    if format != _FORMAT:
        raise ValueError("The format is unknown.")
    return tuple(_to_key(**entry) for entry in keys)


def _to_json(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "purpose": key.purpose,
        "algorithm": key.algorithm,
        "created_at": key.created_at.isoformat(),
        "active_from": key.active_from and key.active_from.isoformat(),
        "secret": b64encode(key.secret).decode(),
    }


def _to_key(
    *,
    id: str,  # noqa: A002 - the names are the members of the document
    purpose: str,
    algorithm: str,
    created_at: str,
    active_from: str | None,
    secret: str,
) -> Key:
    if algorithm not in _ALGORITHMS[KeyPurpose(purpose)]:
        raise ValueError("The algorithm is unknown.")
    if not _KEY_ID.fullmatch(id):
        raise ValueError("The id is not a name.")
    if purpose == KeyPurpose.REFRESH and id not in map(str, MASTER_KEY_IDS):
        raise ValueError("The id does not fit into a refresh token.")
    return Key(
        id,
        KeyPurpose(purpose),
        algorithm,
        _time(created_at),
        None if active_from is None else _time(active_from),
        b64decode(secret, validate=True),
    )


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError("The time has no offset.")
    return time


def _check(keys: Sequence[Key]) -> None:
    if len({(key.purpose, key.id) for key in keys}) != len(keys):
        raise ValueError("An id occurs twice.")
    if {key.purpose for key in keys if key.active_from is not None} != set(KeyPurpose):
        raise ValueError("A purpose has no key in use.")
