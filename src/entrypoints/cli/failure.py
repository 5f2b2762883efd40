"""How a command ends. Whatever goes wrong is one line on standard error and one of these codes."""

FAILED = 1
"""It was refused, or something is wrong that this line names."""
WRONG_USAGE = 2
"""The command line itself can't be understood."""
NOT_SIGNED_IN = 3
"""For a person: log in first, or again."""
UNREACHABLE = 4
"""For a person: the server does not answer, is too busy or was asked too often; try again later."""


class CommandError(Exception):
    """Why a command can't do what it was asked: one sentence, and an exit code."""

    def __init__(self, sentence: str, exit_code: int = FAILED) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code
