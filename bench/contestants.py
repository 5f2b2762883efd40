"""Who is measured. The first one is the floor, to which all others are compared."""

import sys
from dataclasses import replace
from pathlib import Path

from bench.contestant import Contestant
from bench.peer_contestants import PEERS

# Tokens must outlive the bench, which takes longer than the quarter of an hour that is usual.
_TASKWARD = {
    "TASKWARD_DATA_DIR": "{folder}",
    "TASKWARD_PORT": "{port}",
    "TASKWARD_WORKERS": "{workers}",
    "TASKWARD_THREADS": "{threads}",
    "TASKWARD_ACCESS_TOKEN_SECONDS": "7200",
    # All load comes from one address.
    "TASKWARD_REFRESHES_PER_MINUTE": "10000000",
}

FLOOR = Contestant(
    name="floor",
    prepare=(sys.executable, "-m", "bench.floor.prepare", "{folder}"),
    serve=(sys.executable, "-m", "bench.floor.serve", "{port}", "{workers}", "{threads}"),
    environment={"FLOOR_DATABASE": "{folder}/taskward.db", "TASKWARD_DATA_DIR": "{folder}"},
)

# Threads cost the floor more than they bring: this is the floor at its best.
FLOOR_OF_ONE_THREAD = replace(FLOOR, name="floor, 1 thread", serve=(*FLOOR.serve[:-1], "1"))

TASKWARD = Contestant(
    name="taskward",
    prepare=(sys.executable, "-m", "bench.taskward.prepare", "{folder}"),
    serve=(str(Path(sys.executable).with_name("taskward")), "serve"),
    environment=_TASKWARD,
)

CONTESTANTS = (FLOOR, FLOOR_OF_ONE_THREAD, TASKWARD, *PEERS)
