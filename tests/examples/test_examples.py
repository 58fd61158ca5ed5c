"""Every example runs, from any directory, and says what its text claims."""

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import pyfabric

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
CHECKED = {
    "first_run",
    "incast_comparison",
    "headroom_too_small",
    "routing_loop",
    "explain_incast",
    "pause_storm",
    "dcqcn_trace",
}


@cache
def output(name: str, directory: Path) -> str:
    env = os.environ | {"PYTHONPATH": str(Path(pyfabric.__file__).resolve().parents[1])}
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / f"{name}.py")],
        cwd=directory,
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def test_every_example_is_checked() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == CHECKED


def test_first_run(tmp_path: Path) -> None:
    text = output("first_run", tmp_path)
    finished = re.search(r"(\d+) of (\d+) flows finished", text)
    assert finished
    assert finished[1] == finished[2]
    assert "Lossless." in text
    assert "0 drops" in text
    code = (EXAMPLES / "first_run.py").read_text().splitlines()
    assert len([line for line in code[1:] if line.strip()]) <= 10


def test_explain_incast(tmp_path: Path) -> None:
    text = output("explain_incast", tmp_path)
    assert "leaf0->host0 (priority 3) gets more than it can send" in text
    assert "victim (host7 -> host1)" in text
    estimate, measured = (
        int(found[1])
        for found in re.finditer(r"^(?:Delay|Completion).*: (\d+) us", text, re.MULTILINE)
    )
    assert 0.9 * measured < estimate < 1.1 * measured
    slowdown = re.search(r"victim \(host7.*slowdown ([\d.]+)", text, re.DOTALL)
    assert slowdown
    assert float(slowdown[1]) > 3  # "several times as fast"


def test_incast_comparison(tmp_path: Path) -> None:
    text = output("incast_comparison", tmp_path)
    lines = [re.split(r"\s{2,}", line.strip()) for line in text.splitlines()[1:]]
    rows = {cells[0]: cells[1:] for cells in lines}
    assert rows["verdict"] == ["lossless"] * 3
    milliseconds = {"ms": 1.0, "us": 1e-3}
    paused = [
        0.0 if cell == "0" else float(cell.split()[0]) * milliseconds[cell.split()[1]]
        for cell in rows["paused time, all ports"]
    ]
    assert 0.4 * paused[1] < paused[0] < 0.65 * paused[1]  # DCQCN "nearly halves" it
    assert paused[2] == 0.0
    neighbour = [float(cell.split()[0]) for cell in rows["neighbour: slowdown p50 / p99"]]
    assert neighbour[2] < 2 < 10 < min(neighbour[:2])  # it waits, except with a window


def test_headroom_too_small(tmp_path: Path) -> None:
    before, after = output("headroom_too_small", tmp_path).split("With headroom='auto':")
    assert before.startswith("Not lossless, because")
    assert "of 10,000 B headroom in use; XOFF was decided" in before
    needed = re.search(r"headroom of at least ([\d,]+) B", before)
    assert needed
    assert f"of {needed[1]} B)" in after  # auto gives what the verdict asked for
    assert after.strip().startswith("Lossless.")


@pytest.mark.parametrize("name", sorted(CHECKED))
def test_examples_repeat_themselves(name: str, tmp_path: Path) -> None:
    def stable(text: str) -> str:
        return "\n".join(line for line in text.splitlines() if "of CPU" not in line)

    (tmp_path / "again").mkdir()
    assert stable(output(name, tmp_path)) == stable(output(name, tmp_path / "again"))


def test_routing_loop(tmp_path: Path) -> None:
    text = output("routing_loop", tmp_path)
    assert "more than 5 Gb/s of them locks these links up" in text
    assert "4.5G: until, " in text
    assert "5.5G: deadlock, " in text
    assert "switch0->switch1 -> switch1->switch0 -> switch0->switch1" in text


def test_pause_storm(tmp_path: Path) -> None:
    text = output("pause_storm", tmp_path)
    before, after = text.split("With a watchdog at leaf0:")
    assert text.startswith("False - nothing")
    assert "leaf0->host0 (priority 3) is paused by host0" in " ".join(before.split())
    assert "a pause storm" in before
    assert "(victims)" in before
    stuck = re.search(r"Without a watchdog: (\d+) of 64", before)
    saved = re.match(r" (\d+) of 64", after)
    assert stuck
    assert saved
    assert int(stuck[1]) == 55
    assert int(saved[1]) == 62, "all but the flows to and from host0"
    assert "A PFC watchdog dropped" in after
    assert "took leaf0->host0 for stuck" in " ".join(after.split())


def test_dcqcn_trace(tmp_path: Path) -> None:
    text = output("dcqcn_trace", tmp_path)
    rows = [[float(cell) for cell in line.split()] for line in text.splitlines()[1:-1]]
    assert [row[0] for row in rows] == [400.0 * i for i in range(1, 11)]
    assert rows[0][2] > 0.8 > 0.4 > rows[-1][2] > 0  # alpha remembers the burst, then forgets
    assert rows[0][4] > 10 * rows[-1][4] > 0  # frames marked
    late = [float(rate) for rate in text.splitlines()[-1].partition(": ")[2].split(", ")]
    assert all(20 < rate < 30 for rate in late)  # "about a quarter"
