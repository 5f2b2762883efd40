"""The blocklist's table, and tokens for the sessions that are wanted."""

import sys
from pathlib import Path

from app import TokenBlocklist, app, db, tokens_for

folder = Path(sys.argv[1])
tokens = {"access": [], "refresh": []}
with app.app_context():
    TokenBlocklist.__table__.create(db.engine)
    for kind, user_id in map(str.split, sys.stdin):
        tokens[kind].append(tokens_for(int(user_id))[f"{kind}Token"])
for kind, own in tokens.items():
    (folder / f"{kind}_tokens.txt").write_text("\n".join(own) + "\n")
