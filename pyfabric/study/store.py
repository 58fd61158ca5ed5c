"""A study in a directory: what is finished is found again, what does not belong is told."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pyfabric.compile import compile_scenario
from pyfabric.compile.plan import MODEL_VERSION
from pyfabric.errors import Fault, PyfabricError, ScenarioError
from pyfabric.files import as_path, write_text
from pyfabric.results.storage import claim
from pyfabric.study.explain import changes
from pyfabric.study.run_files import load_run, noted, place_of, remove_scraps
from pyfabric.study.runs import Job, Outcome, outcome_of

if TYPE_CHECKING:
    from pyfabric.results import Result

STUDY: Final = "study.json"
#: Version of the layout.
FORMAT: Final = 1
_LOCK: Final = ".lock"


@contextmanager
def opened(directory: Any, *, overwrite: bool, permit: str) -> Iterator[Path]:
    """The directory of a study, made if needed, for this process alone.

    ScenarioError when it is in use, is no directory, or holds other files (``overwrite`` allows
    those; ``permit`` says how the caller's user does).
    """
    path = as_path(directory, "directory")
    ours = _is_study(path)
    claim(path, overwrite=overwrite or ours, permit=permit)
    try:
        lock = (path / _LOCK).open("w")
    except OSError as error:
        raise _fault(path, f"cannot be written into: {error.strerror}") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise _fault(path, "is in use by another comparison; wait until that ends") from None
        if not ours:
            write_text(path / STUDY, json.dumps({"format": FORMAT}) + "\n")
        remove_scraps(path)
        yield path


def found(
    jobs: Sequence[Job], directory: Path, *, overwrite: bool, permit: str
) -> dict[tuple[str, int], Outcome]:
    """Outcomes of the jobs whose runs are finished in ``directory``.

    Raises ScenarioError that names every run of another scenario, version or recording; with
    ``overwrite`` those count as missing.
    """
    outcomes: dict[tuple[str, int], Outcome] = {}
    faults: dict[tuple[str, str], list[int]] = {}
    for job in jobs:
        place = place_of(directory, job.variant, job.seed)
        if not place.exists():
            continue
        try:
            result, told = load_run(place)
        except PyfabricError as error:
            faults.setdefault((job.variant, f"is damaged: {error}"), []).append(job.seed)
            continue
        if why := _misfit(job, result, told):
            faults.setdefault((job.variant, why), []).append(job.seed)
        else:
            outcomes[job.variant, job.seed] = outcome_of(job, result, told["cpu_seconds"])
    if faults and not overwrite:
        cure = f"choose another directory, or to run these again {permit}"
        raise ScenarioError(
            [
                Fault(str(directory), f"variant {name!r}, {_seeds(seeds)}: {why}; {cure}")
                for (name, why), seeds in faults.items()
            ]
        )
    return outcomes


def _misfit(job: Job, result: Result, told: dict[str, Any]) -> str:
    """Why a stored run is not the job's, "" when it is."""
    if (told["variant"], told["seed"]) != (job.variant, job.seed):
        return f"is the run of variant {told['variant']!r}, seed {told['seed']}"
    versions = {
        "pyfabric": (result.versions.get("pyfabric"), _version()),
        "model": (result.versions.get("model"), str(MODEL_VERSION)),
    }
    for name, (theirs, ours) in versions.items():
        if theirs != ours:
            return f"was made by version {theirs} of {name}, this is {ours}"
    if told["record"] != noted(job.record):
        return "was recorded otherwise"
    if compile_scenario(job.scenario).hash == result.plan_hash:
        return ""
    differ = sorted(changes(result.scenario, job.scenario)) if result.scenario else []
    return f"was made with other settings ({', '.join(differ) or 'of another plan'})"


def _version() -> str:
    import pyfabric

    return str(pyfabric.__version__)


def _is_study(path: Path) -> bool:
    try:
        told = json.loads((path / STUDY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    form = told.get("format") if isinstance(told, dict) else None
    if isinstance(form, int) and form > FORMAT:
        message = f"is a study of format {form}, from a newer pyfabric (this one knows {FORMAT})"
        raise _fault(path, message)
    return form == FORMAT


def _seeds(seeds: Sequence[int]) -> str:
    return f"seed{'s' if len(seeds) > 1 else ''} {', '.join(map(str, seeds))}"


def _fault(path: Path, message: str) -> ScenarioError:
    return ScenarioError(Fault(str(path).replace("\0", "\\0"), message))
