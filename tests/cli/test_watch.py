"""Progress: log lines where there is no terminal, every ten seconds of wall time."""

import logging

import pytest

from pyfabric.cli.watch import line, log_to_stderr, watch
from pyfabric.engine import Progress


def at(wall_seconds: float) -> Progress:
    return Progress(2_500_000_000, 40, 100, wall_seconds, int(wall_seconds * 3e6))


def test_line() -> None:
    text = line(at(20.0), "DCQCN")
    assert text == "DCQCN: 2.5 ms simulated, 60 of 100 flows done, 20 s, 3.00 M events/s"
    assert line(Progress(0, 1, 1, 0.0, 0)).startswith("0 simulated, 0 of 1 flows done")


def test_one_log_line_per_ten_seconds(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="pyfabric"), watch("x") as report:
        for tenth in range(351):
            report(at(tenth / 10))
    assert [record.getMessage().split(", ")[2] for record in caplog.records] == [
        "10 s",
        "20 s",
        "30 s",
    ]


def test_log_lines_go_to_the_error_stream_once(capsys: pytest.CaptureFixture[str]) -> None:
    log_to_stderr()
    log_to_stderr()
    with watch("x") as report:
        report(at(10.0))
    err = capsys.readouterr().err
    assert err.count("60 of 100 flows done") == 1
