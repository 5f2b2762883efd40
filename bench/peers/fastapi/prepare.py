"""The table of refresh tokens, and tokens for the sessions that are wanted."""

import asyncio
import sys
from pathlib import Path

from app import RefreshToken, SessionLocal, engine, issue_tokens


async def main(folder: Path) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(RefreshToken.__table__.create)
    access, refresh = [], []
    async with SessionLocal() as session:
        for kind, user_id in map(str.split, sys.stdin):
            tokens = issue_tokens(session, int(user_id))
            if kind == "access":
                access.append(tokens.access_token)
            else:
                refresh.append(tokens.refresh_token)
        await session.commit()
    (folder / "access_tokens.txt").write_text("\n".join(access) + "\n")
    (folder / "refresh_tokens.txt").write_text("\n".join(refresh) + "\n")


asyncio.run(main(Path(sys.argv[1])))
