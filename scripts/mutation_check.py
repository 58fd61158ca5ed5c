"""Does the reference model catch wrong engines? Seeds errors into a copy and expects differences.

Usage: ``python scripts/mutation_check.py [SCENARIOS [WORD ...]]`` (default 500, all errors; with
words those whose names have one of them) with the Python that has the build and test requirements.
Copies the tree to a temporary directory, builds it there, checks that
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
TESTS = [
    f"tests/agreement/test_agreement.py::{name}"
    for name in ("test_random_scenarios_agree", "test_patched_timely_agrees_near_its_fixed_point")
]
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
        "csrc/fabric/net/ingress.h",
        "  release(node, group, size_bytes);\n"
        "  if ((w.ports[local].xoff >> pg & 1) != 0 && under_xon(node, group))",
        "  const bool low = under_xon(node, group);\n"
        "  release(node, group, size_bytes);\n"
        "  if ((w.ports[local].xoff >> pg & 1) != 0 && low)",
    ),
    Mutation(
        "WRED draws shifted by one",
        "csrc/fabric/net/wred.h",
        "pools.wred_draws++",
        "++pools.wred_draws",
    ),
    Mutation(
        "egress pools take one frame too much",
        "csrc/fabric/net/pools.h",
        "pools.used_bytes[share.pool] + taken <= pools.qos->pool_bytes[share.pool];\n}",
        "pools.used_bytes[share.pool] <= pools.qos->pool_bytes[share.pool] + 0 * taken;\n}",
    ),
    Mutation(
        "shared headroom has room for one frame more",
        "csrc/fabric/net/pools.h",
        "all_headroom >= 0 && headroom + size > all_headroom",
        "all_headroom >= 0 && headroom > all_headroom",
    ),
    Mutation(
        "XON of a group without its lower bound",
        "csrc/fabric/net/pools.h",
        "std::max(share.xon_bytes, threshold(pools, share) - share.xon_offset_bytes)",
        "std::max<std::int64_t>(0, threshold(pools, share) - share.xon_offset_bytes)",
    ),
    Mutation(
        "the queue is looked up before the bounce",
        "csrc/fabric/net/switch.cc",
        "  if (w.ports[local].goes_up && w.ports[out].goes_up) f.dscp = qos.bounce[f.dscp];\n"
        "  f.cls = qos.queue[f.dscp];",
        "  f.cls = qos.queue[f.dscp];\n"
        "  if (w.ports[local].goes_up && w.ports[out].goes_up) f.dscp = qos.bounce[f.dscp];",
    ),
    Mutation(
        "the watchdog counts queues that send",
        "csrc/fabric/net/watchdog.cc",
        "stands && q.stood && q.left == queue.left()",
        "stands && q.stood",
    ),
    Mutation(
        "a watchdog's storm ends while XOFFs come",
        "csrc/fabric/net/watchdog.cc",
        "runs || q.xoff_came",
        "false",
    ),
    Mutation(
        "a NIC stays muted for ever",
        "csrc/fabric/net/pause_limit.cc",
        "group.size_bytes + group.headroom_bytes != 0",
        "group.size_bytes + group.headroom_bytes >= 0",
    ),
    Mutation(
        "the pause limit counts from an XOFF that is over",
        "csrc/fabric/net/pause_limit.cc",
        "if (due > w.now) return arm(w, local, cls, due);",
        "if (due > w.now + limit(w)) return arm(w, local, cls, due);",
    ),
    Mutation(
        "a storm ends without XON",
        "csrc/fabric/net/pause_limit.cc",
        "(w.ports[local].xoff & bit) != 0 && under_xon(*w.node, w.ingress(local, cls))",
        "false",
    ),
    Mutation(
        "a deadlock does not stop the run",
        "csrc/fabric/engine/deadlock.cc",
        "return !after_[i].empty() && std::all_of",
        "return after_.empty() && std::all_of",
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
    Mutation(
        "a request for credit is not answered",
        "csrc/fabric/transport/receiver_credits.cc",
        "if (c.granted_psn == before)",
        "if (c.granted_psn < before)",
    ),
    Mutation(
        "what is kept out of order counts as outstanding credit",
        "csrc/fabric/transport/receiver_credits.cc",
        "r.selective ? hosts.kept[qp].count() : 0",
        "r.selective ? 0 * hosts.kept[qp].count() : 0",
    ),
    Mutation(
        "credit of silent senders still counts",
        "csrc/fabric/transport/receiver_credits.cc",
        "counts = c.silent ? 0 : outstanding",
        "counts = c.silent && h.now < 0 ? 0 : outstanding",
    ),
    Mutation(
        "congestion control: TIMELY's difference has the wrong sign",
        "csrc/fabric/cc/rtt_gradient.h",
        "s.rtt_diff_ps + p.ewma *",
        "s.rtt_diff_ps - p.ewma *",
    ),
    Mutation(
        "congestion control: patched TIMELY's weight is off",
        "csrc/fabric/cc/patched_timely.cc",
        "2 * gradient + 0.5",
        "2 * gradient + 0.4",
    ),
    Mutation(
        "congestion control: Swift smooths by 1/4",
        "csrc/fabric/cc/swift.cc",
        "(e->rtt_ps - s.rtt_ps) / 8",
        "(e->rtt_ps - s.rtt_ps) / 4",
    ),
    Mutation(
        "congestion control: DCTCP's cut is fresh for a packet less",
        "csrc/fabric/cc/dctcp.cc",
        "if (e->acked_psn > s.reduced_psn) {",
        "if (e->acked_psn >= s.reduced_psn) {",
    ),
    Mutation(
        "congestion control: NSCC adjusts before it reacts",
        "csrc/fabric/cc/nscc.cc",
        "      react(p, s, path, *e, delay);\n      adjust(p, s, path, *e);",
        "      adjust(p, s, path, *e);\n      react(p, s, path, *e, delay);",
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
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS]
    done = subprocess.run(command, cwd=tree, env=env, capture_output=True, text=True, check=False)
    differs = "scenarios differ" in done.stdout or "record " in done.stdout
    caught = done.returncode == 1 and (differs or broken(done.stdout))
    return done.returncode == 0, caught, done.stdout


def broken(output: str) -> bool:
    """Whether the engine itself noticed that it contradicts itself."""
    return "EngineError" in output


def wanted(mutation: Mutation, words: list[str]) -> bool:
    return any(word in mutation.name for word in words)


def main(words: list[str]) -> int:
    scenarios = int(words[0]) if words else 500
    chosen = [each for each in MUTATIONS if not words[1:] or wanted(each, words[1:])]
    for mutation in chosen:
        mutated((ROOT / mutation.path).read_text(), mutation)
    missed = []
    with tempfile.TemporaryDirectory() as scratch:
        tree = Path(scratch) / "tree"
        shutil.copytree(ROOT, tree, ignore=NOT_COPIED)
        build(tree)
        passed, _, output = comparison(tree, scenarios)
        if not passed:
            raise SystemExit(f"the comparison fails without any error seeded:\n{output}")
        for mutation in chosen:
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
