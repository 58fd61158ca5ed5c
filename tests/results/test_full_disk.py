"""A disk that runs full while flows are streamed to it."""

import os
from pathlib import Path
from typing import Any

import pytest

import pyfabric as pf
from pyfabric.engine import runner

SCENARIO = pf.Scenario(pf.star(6), pf.all_to_all("20kB"))


def test_a_full_disk_ends_the_stream_and_not_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from pyfabric.results import flow_stream

    monkeypatch.setattr(runner, "SLICE_SECONDS", 1e-9)
    write, calls = os.pwrite, []

    def full(file: int, text: Any, offset: int) -> int:
        calls.append(offset)
        if len(calls) > 1:  # behind the header
            raise OSError(28, "No space left on device")
        return write(file, text, offset)

    monkeypatch.setattr(flow_stream.os, "pwrite", full)
    result = pf.simulate(SCENARIO, stream_flows=tmp_path / "a.csv")
    assert len(calls) == 2
    assert result.fingerprint == pf.simulate(SCENARIO).fingerprint
    assert "cannot be written: No space left on device; the result is whole" in caplog.text
