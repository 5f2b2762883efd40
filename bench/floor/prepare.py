"""Tokens of the floor for sessions in Taskward's table."""

import sys
from pathlib import Path

from bench.floor import tokens
from bench.sessions import begin_sessions, container_of_environment, wanted_sessions, write_tokens


def main(folder: Path) -> None:
    begun = list(begin_sessions(container_of_environment(), wanted_sessions()))
    write_tokens(
        folder,
        access=[tokens.sign(one.user.id) for one in begun if one.kind == "access"],
        refresh=[
            tokens.sign_refresh(one.user.id, one.session.id, one.session.generation)
            for one in begun
            if one.kind == "refresh"
        ],
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
