"""Does the reference model catch wrong engines? Seeds errors into a copy and expects differences.

Usage: ``python scripts/mutation_check.py [SCENARIOS]`` (default 200) with the Python that has the
build and test requirements. Copies the tree to a temporary directory, builds it there, checks that
the comparison passes, then applies one error at a time, rebuilds and checks that it fails with a
difference. Exit status 0 iff every error was caught.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TEST = "tests/agreement/test_agreement.py::test_random_scenarios_agree"
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "build", "__pycache__", ".*_cache", "*.so")


@dataclass(frozen=True)
class Mutation:
    """Replaces ``old``, which must occur exactly once in ``path``, by ``new``."""

    name: str
    path: str
    old: str
    new: str


MUTATIONS = (
    Mutation(
        "XON one frame late",
        "csrc/fabric/net/switch.cc",
        "  release(node, group, f.size_bytes);\n"
        "  if ((w.ports[f.in_port].xoff >> f.cls & 1) != 0 && under_xon(node, group))",
        "  const bool low = under_xon(node, group);\n"
        "  release(node, group, f.size_bytes);\n"
        "  if ((w.ports[f.in_port].xoff >> f.cls & 1) != 0 && low)",
    ),
    Mutation(
        "ECN draws shifted by one",
        "csrc/fabric/net/ecn.h",
        "w.node->ecn_draws++",
        "++w.node->ecn_draws",
    ),
    Mutation(
        "go-back-N off by one",
        "csrc/fabric/transport/requester.cc",
        "void go_back(SendQp& q) {\n  q.next_psn = q.una_psn;\n",
        "void go_back(SendQp& q) {\n  q.next_psn = q.una_psn + 1;\n",
    ),
)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def mutated(text: str, mutation: Mutation) -> str:
    if text.count(mutation.old) != 1:
        raise SystemExit(f"{mutation.name}: {mutation.path} has changed; adapt the replacement")
    return text.replace(mutation.old, mutation.new)


def build(tree: Path) -> None:
    command = [sys.executable, "setup.py", "--quiet", "build_ext", "--inplace"]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"the build failed:\n{done.stdout}{done.stderr}")


def comparison(tree: Path, scenarios: int) -> tuple[bool, bool, str]:
    """(passed, failed with a difference, what it printed) of the comparison in ``tree``."""
    env = {
        **os.environ,
        "PYTHONPATH": str(tree),
        "PYFABRIC_REFERENCE_SCENARIOS": str(scenarios),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", TEST]
    done = subprocess.run(command, cwd=tree, env=env, capture_output=True, text=True, check=False)
    caught = done.returncode == 1 and ("scenarios differ" in done.stdout or broken(done.stdout))
    return done.returncode == 0, caught, done.stdout


def broken(output: str) -> bool:
    """Whether the engine itself noticed that it contradicts itself."""
    return "EngineError" in output


def main(words: list[str]) -> int:
    scenarios = int(words[0]) if words else 200
    for mutation in MUTATIONS:
        mutated((ROOT / mutation.path).read_text(), mutation)
    missed = []
    with tempfile.TemporaryDirectory() as scratch:
        tree = Path(scratch) / "tree"
        shutil.copytree(ROOT, tree, ignore=NOT_COPIED)
        build(tree)
        passed, _, output = comparison(tree, scenarios)
        if not passed:
            raise SystemExit(f"the comparison fails without any error seeded:\n{output}")
        for mutation in MUTATIONS:
            file = tree / mutation.path
            original = file.read_text()
            file.write_text(mutated(original, mutation))
            build(tree)
            _, caught, output = comparison(tree, scenarios)
            file.write_text(original)
            say(f"{'caught' if caught else 'MISSED'}: {mutation.name}")
            if not caught:
                missed.append(mutation.name)
                say(output)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
