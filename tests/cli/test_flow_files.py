"""`pyfabric flows`: the format, the seed, the load."""

from fractions import Fraction
from pathlib import Path

import pytest

from pyfabric.cli import main
from pyfabric.cli.flow_files import FlowFile, generate

WEBSEARCH_MEAN_BYTES = 1_711_250
SMALL = FlowFile(20, "100Gbps", "0.3", "websearch", "5ms", "2s")


def rows(lines: list[str]) -> list[list[str]]:
    assert int(lines[0]) == len(lines) - 1
    return [line.split() for line in lines[1:]]


def test_format() -> None:
    flows = rows(generate(SMALL))
    assert {len(flow) for flow in flows} == {6}
    for src, dst, group, port, size, start in flows:
        assert 0 <= int(src) < 20
        assert 0 <= int(dst) < 20
        assert src != dst
        assert (group, port) == ("3", "100")
        assert 1 <= int(size) <= 30_000_000
        assert 2.0 <= float(start) < 2.005
        assert 9 <= len(start.split(".")[1]) <= 12  # exact to the ps
    starts = [Fraction(flow[5]) for flow in flows]
    assert starts == sorted(starts)


def test_load() -> None:
    """20 hosts at 30 % of 100 Gb/s for 5 ms: 219 flows expected, so one sigma is 7 %."""
    wanted = FlowFile(320, "100Gbps", "0.3", "websearch", "5ms", "2s")
    flows = rows(generate(wanted))
    expected = 320 * 0.3 * 100e9 * 5e-3 / 8 / WEBSEARCH_MEAN_BYTES
    assert abs(len(flows) - expected) < 4 * expected**0.5
    offered = sum(int(flow[4]) for flow in flows)
    assert offered == pytest.approx(expected * WEBSEARCH_MEAN_BYTES, rel=0.1)


def test_seed_decides() -> None:
    assert generate(SMALL) == generate(SMALL)
    other = FlowFile(20, "100Gbps", "0.3", "websearch", "5ms", "2s", seed=2)
    assert generate(SMALL) != generate(other)


def test_labels_and_start() -> None:
    wanted = FlowFile(4, "10Gbps", "0.5", "64kB", "1ms", "0ns", priority=1, port=4791)
    flows = rows(generate(wanted))
    assert {tuple(flow[2:5]) for flow in flows} == {("1", "4791", "64000")}
    assert float(flows[0][5]) < 0.001


def test_command_writes_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--hosts", "20", "--rate", "100Gbps", "--load", "0.3", "--duration", "5ms"]
    assert main(["flows", *options, "-o", str(tmp_path / "flow.txt")]) == 0
    assert "flows in" in capsys.readouterr().out
    text = (tmp_path / "flow.txt").read_text()
    assert text.splitlines(keepends=True) == generate(SMALL)
    assert [path.name for path in tmp_path.iterdir()] == ["flow.txt"]
    assert main(["flows", *options]) == 0
    assert capsys.readouterr().out == text


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--hosts", "1", "flows.hosts: must be an integer from 2"),
        ("--rate", "100", "flows.rate: '100' has no unit"),
        ("--load", "1.5", "flows.load: '1.5' is out of range"),
        ("--load", "0", "flows.load"),
        ("--sizes", "websaerch", "did you mean 'websearch'"),
        ("--duration", "5", "flows.duration: '5' has no unit"),
        ("--duration", "1000000s", "flows are too many for a file"),
        ("--start", "-1s", "flows.start"),
        ("--seed", "-1", "flows.seed"),
        ("--priority", "8", "flows.priority: must be an integer from 1 to 7, got 8"),
        ("--port", "70000", "flows.port"),
    ],
)
def test_bad_input(
    option: str, value: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    options = {
        "--hosts": "20",
        "--rate": "100Gbps",
        "--load": "0.3",
        "--duration": "5ms",
        option: value,
    }
    words = [f"{name}={given}" for name, given in options.items()]
    assert main(["flows", *words]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert "Traceback" not in err


def test_missing_directory_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--hosts", "4", "--rate", "1Gbps", "--load", "0.3", "--duration", "1ms"]
    assert main(["flows", *options, "-o", str(tmp_path / "nowhere" / "flow.txt")]) == 1
    assert "nowhere" in capsys.readouterr().err
