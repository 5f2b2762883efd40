"""Tokens as a login would give them."""

import sys
from pathlib import Path

from bench.sessions import begin_sessions, container_of_environment, wanted_sessions, write_tokens


def main(folder: Path) -> None:
    container = container_of_environment()
    grant_tokens = container.grant_tokens()
    access, refresh = [], []
    for one in list(begin_sessions(container, wanted_sessions())):
        grant = grant_tokens(one.user, one.session, one.refresh_token, one.session.created_at)
        if one.kind == "access":
            access.append(grant.access_token)
        else:
            refresh.append(grant.refresh_token)
    write_tokens(folder, access, refresh)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
