"""QR codes (ISO/IEC 18004) on a terminal: a character is two modules, one above the other."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

# A reader needs this much light around them.
_QUIET_MODULES = 4

_HALVES = {
    (False, False): " ",
    (True, False): "▀",
    (False, True): "▄",
    (True, True): "█",
}

# Not the terminal's own black and white, which its theme may have turned around.
_BLACK_ON_WHITE = "\x1b[38;5;16;48;5;231m"
_AS_BEFORE = "\x1b[0m"


def drawn(modules: Sequence[str]) -> list[str]:
    """The lines of a code, whose rows come from the top with 1 for a dark module, in colour."""
    return [f"{_BLACK_ON_WHITE}{line}{_AS_BEFORE}" for line in _lines(modules)]


def width(modules: Sequence[str]) -> int:
    """In columns."""
    return len(modules) + 2 * _QUIET_MODULES


def _lines(modules: Sequence[str]) -> Iterator[str]:
    light = "0" * width(modules)
    side = "0" * _QUIET_MODULES
    above_and_below = [light] * _QUIET_MODULES
    rows = [*above_and_below, *(side + row + side for row in modules), *above_and_below]
    for upper, lower in zip_longest(rows[::2], rows[1::2], fillvalue=light):
        yield "".join(
            _HALVES[top == "1", bottom == "1"] for top, bottom in zip(upper, lower, strict=True)
        )
