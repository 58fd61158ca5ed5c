"""The files of a study: one directory per finished run, which appears whole or not at all.

``runs/VARIANT/SEED`` holds the result as :meth:`pyfabric.Result.save` writes it, the scenario with
it, and ``run.json``. It is written beside its place and renamed when all of it is on disk, so a
killed study leaves finished runs and scraps, which the next one removes.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pyfabric.errors import Fault, ScenarioError
from pyfabric.files import SAVING, write_text
from pyfabric.records import Record, recorded

if TYPE_CHECKING:
    from pyfabric.results import Result
    from pyfabric.study.runs import Job

RUNS: Final = "runs"
RUN: Final = "run.json"
#: Version of ``run.json``.
FORMAT: Final = 1
_PLAIN_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_+=-]{0,63}")


def place_of(directory: Path, variant: str, seed: int) -> Path:
    """The directory of a run. Names that are no plain file names get a digest behind them."""
    name = variant
    if not _PLAIN_NAME.fullmatch(variant):
        plain = re.sub(r"[^a-z0-9_+=-]+", "_", variant.lower()).strip("_")[:40]
        name = f"{plain or 'variant'}.{hashlib.sha256(variant.encode()).hexdigest()[:8]}"
    return directory / RUNS / name / str(seed)


def save_run(job: Job, result: Result, cpu_seconds: float) -> None:
    """Write the finished run of ``job``; ScenarioError when it cannot be written."""
    assert job.directory is not None
    place = place_of(job.directory, job.variant, job.seed)
    told = {
        "format": FORMAT,
        "variant": job.variant,
        "seed": job.seed,
        "record": noted(job.record),
        "cpu_seconds": cpu_seconds,
    }
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}.", suffix=SAVING))
    except OSError as error:
        raise _fault(place, error) from None
    try:
        result.save(scratch)
        write_text(scratch / RUN, json.dumps(told, indent=2) + "\n")
        scratch.chmod(0o755)
        if place.exists():  # a run that is replaced
            place.rename(scratch.with_name(f".{place.name}.old{SAVING}"))
        scratch.rename(place)
        _flush(place.parent)
    except OSError as error:
        raise _fault(place, error) from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.rmtree(scratch.with_name(f".{place.name}.old{SAVING}"), ignore_errors=True)


def load_run(place: Path) -> tuple[Result, dict[str, Any]]:
    """(result, what ``run.json`` says); ScenarioError for what is damaged."""
    from pyfabric.results import load

    try:
        told = json.loads((place / RUN).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ScenarioError(Fault(str(place), f"{RUN} cannot be read: {error}")) from None
    known = {"variant": str, "seed": int, "record": list, "cpu_seconds": int | float}
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise ScenarioError(Fault(str(place), f"{RUN} is not of format {FORMAT}"))
    wrong = [name for name, kind in known.items() if not isinstance(told.get(name), kind)]
    if wrong:
        raise ScenarioError(Fault(str(place), f"{RUN}: {', '.join(wrong)} missing or of no use"))
    return load(place), told


def noted(record: Record) -> list[int]:
    """What was recorded, as ``run.json`` has it."""
    return recorded(record).numbers()


def remove_scraps(directory: Path) -> None:
    """Remove what a killed study left half written."""
    for scrap in (directory / RUNS).glob(f"*/.*{SAVING}"):
        shutil.rmtree(scrap, ignore_errors=True)


def _flush(directory: Path) -> None:
    """Make names in ``directory`` last."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _fault(place: Path, error: OSError) -> ScenarioError:
    return ScenarioError(Fault(str(place), f"cannot be written: {error.strerror or error}"))
