"""Python in processes of its own."""

import os
import subprocess
import sys
from pathlib import Path


def run_python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What became of the code, and of all that it has left running."""
    root = Path(__file__).parents[2]
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "PYTHONPATH": f"{root / 'src'}:{root}"},
        check=False,
        stdout=subprocess.PIPE,
        text=True,
    )
