"""How much of its cores this machine gets when all of them work.

A host that runs other machines beside this one holds it up for milliseconds, and the system within
need not count that as stolen time: it only sees that the clock has jumped.
"""

import os
import sys
import time
from subprocess import PIPE, Popen

from bench.machine import pinned_to

SECONDS = 1.0
GAP = 0.001


def held_up() -> float:
    """Which share of a second all cores together were held up for longer than a millisecond."""
    cores = sorted(os.sched_getaffinity(0))
    spinners = [
        Popen([*pinned_to(core), sys.executable, "-m", "bench.quiet"], stdout=PIPE)
        for core in cores
    ]
    return sum(float(spinner.communicate()[0]) for spinner in spinners) / len(cores) / SECONDS


def _spin() -> float:
    before = time.perf_counter()
    end, lost = before + SECONDS, 0.0
    while before < end:
        now = time.perf_counter()
        if now - before > GAP:
            lost += now - before
        before = now
    return lost


if __name__ == "__main__":
    print(_spin())
