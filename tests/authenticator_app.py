"""What a person's authenticator app does, after the text of RFC 4226 and RFC 6238."""

import hmac
import struct
from base64 import b32decode
from collections.abc import Callable
from datetime import datetime
from time import time
from typing import TypeVar

Answer = TypeVar("Answer")


def code_of(seed: str, step: int) -> str:
    """The six digits of a step, by a seed in base32."""
    digest = hmac.digest(b32decode(seed), struct.pack(">Q", step), "sha1")
    offset = digest[-1] & 0xF
    (number,) = struct.unpack_from(">I", digest, offset)
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06}"


def shown_at(seed: str, instant: datetime) -> str:
    """What the app shows then."""
    return code_of(seed, int(instant.timestamp()) // 30)


def with_shown(seed: str, give: Callable[[str], Answer]) -> Answer:
    """The answer to what is shown now: to the next code, if the first was over before it came.

    Only a 403 says that it was, for what an accepted code has done is not done again.
    """
    while True:
        step = int(time()) // 30
        answer = give(code_of(seed, step))
        if int(time()) // 30 == step or getattr(answer, "status_code", 403) != 403:
            return answer
