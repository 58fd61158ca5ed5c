"""``python -m agreement.replay SEED [SEED ...]``, from the tests directory: compare and explain."""

from __future__ import annotations

import sys

from reference.scenarios import random_scenario

from agreement.compare import compare, report


def main(words: list[str]) -> int:
    """Exit status 1 if a seed of ``words`` differs."""
    status = 0
    for seed in map(int, words):
        scenario = random_scenario(seed)
        outcome = compare(scenario.plan())
        text = f"seed {seed}: {outcome.records} records agree; {dict(outcome.counts)}"
        if outcome.difference is not None:
            text, status = report(scenario), 1
        sys.stdout.write(text + "\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
