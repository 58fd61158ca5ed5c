"""Saves results into a directory and kills itself, or is killed, on the way.

Arguments: directory, two directories with results, how many renames until SIGKILL (0: save them in
turn for ever; -1: at the first file that is removed).
"""

import os
import signal
import sys
from pathlib import Path

from pyfabric.results import load


def suicide(*args: object, **kwargs: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(directory: str, old: str, new: str, renames: int) -> None:
    results = [load(old), load(new)]
    if renames == 0:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        for turn in range(1, 10_000):
            results[turn % 2].save(directory, overwrite=True)
    if renames < 0:
        Path.unlink = suicide  # type: ignore[method-assign]
    replace, left = os.replace, renames

    def counted(source: str, target: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            suicide()
        replace(source, target)

    os.replace = counted  # type: ignore[assignment]
    results[1].save(directory, overwrite=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
