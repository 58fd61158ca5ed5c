"""The rooms, who may know whom, and the house numbers: held by reading imports and includes.

The tables say what docs/architecture.md explains. A rule that has to change is changed here.
"""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import pyfabric

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "pyfabric"
NATIVE = ROOT / "csrc" / "fabric"

NATIVE_ROOMS = frozenset(
    {"base", "packet", "sched", "trace", "net", "cc", "transport", "workload", "engine"}
)
# Room of csrc/fabric: rooms it never includes.
NATIVE_NEVER = {
    "base": NATIVE_ROOMS - {"base"},
    "packet": {"net", "cc", "transport", "workload", "engine"},
    "sched": {"net", "cc", "transport", "workload", "engine"},
    "trace": {"net", "cc", "transport", "workload", "engine"},
    "net": {"cc", "transport", "workload", "engine"},
    "cc": NATIVE_ROOMS - {"base", "cc"},
    "transport": {"engine"},
    "workload": {"engine"},
    "engine": set(),
}
# What no file of csrc/fabric includes or names. A clock is for engine/ alone (`max_wall`).
NATIVE_FOREIGN = {
    "Python": r"#include\s*[<\"](Python\.h|pybind11/)",
    "streams": r"#include\s*<(iostream|fstream|sstream)>",
    "a clock": r"#include\s*<(chrono|ctime|time\.h|sys/time\.h)>",
    "hidden randomness": r"#include\s*<random>|random_device",
}

SPECS = {"scenario", "topology", "workload"}
STAGES = {"compile", "engine", "results", "analysis", "reports", "checks", "explain", "io"}
# Room of the package: rooms it never imports. Nothing imports study, bench and cli.
PYTHON_NEVER = {
    "units": SPECS | STAGES | {"cc", "spec", "api", "sizing"},
    "errors": SPECS | STAGES | {"cc", "spec", "api", "units"},
    "scenario": {"compile", "engine", "results"},
    "topology": {"compile", "engine", "results", "scenario", "workload"},
    "workload": {"compile", "engine", "results", "scenario", "topology"},
    "sizing": SPECS | STAGES | {"cc", "api"},
    "compile": {"engine", "results"},
    "verification": {"engine", "results", "analysis", "reports", "checks", "io", "api"},
    "engine": SPECS | {"analysis"},
    "analysis": {"engine", "io"},
    "reports": {"checks"},
    "checks": {"reports"},
    "explain": {"engine", "reports", "io", "api"},
}
NOBODY_IMPORTS = {"study", "bench", "cli"}
# These know the engine's front door only, not its submodules.
FRONT_DOOR_ONLY = {"reports", "checks", "io", "explain"}
ANALYSIS_NEVER = {"matplotlib", "plotly", "bokeh", "pathlib", "os", "io", "shutil", "tempfile"}
# Compiled module: the files and rooms that import it.
NATIVE_IMPORTERS = {
    "pyfabric._core": ("pyfabric/engine/", "pyfabric/cc/_bridge", "pyfabric/io/pcapng"),
    "pyfabric.cc._bridge": ("pyfabric/engine/", "pyfabric/cc/_bridge"),
    "pyfabric._yardstick": ("pyfabric/bench/",),
}
# `import pyfabric` is quick: it loads none of these.
HEAVY = ("numpy", "matplotlib", "typer", "rich", "ruamel", "pandas", "polars", "pyarrow")

MAX_COLUMNS = 100
MAX_LINES, MAX_LINES_NAMED, MAX_FUNCTION_LINES = 300, 500, 70
# Files longer than MAX_LINES, each with its reason.
LONG_FILES = {"pyfabric/compile/plan.py": "all columns"}

SOURCE_SUFFIXES = {".py", ".h", ".cc", ".pyx", ".pxd"}
TEXT_SUFFIXES = SOURCE_SUFFIXES | {".pyi", ".md", ".toml", ".txt", ".yaml", ".in", ".cmake", ""}
SOURCE_ROOTS = (".ci", "benchmarks", "csrc", "docs", "examples", "pyfabric", "tests")
HOME_PATH = re.compile(r"(?<![\w.}/-])/(?:work|tmp|home|root|Users)/")


def tree(*suffixes: str) -> list[Path]:
    """Files of the source tree with one of the suffixes, sorted; the root's own included."""
    found = [path for path in ROOT.iterdir() if path.is_file() and not path.name.startswith(".")]
    for room in SOURCE_ROOTS:
        found += (path for path in (ROOT / room).rglob("*") if path.is_file())
    return sorted(p for p in found if p.suffix in suffixes and not is_cache(p.relative_to(ROOT)))


def is_cache(path: Path) -> bool:
    """Whether a path is in a folder that a tool wrote, wherever that tool was started."""
    folders = path.parts[:-1]
    return any(name == "__pycache__" or name.startswith(".") for name in folders if name != ".ci")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    """Absolute names of all modules a file imports, wherever in the file the statement stands.

    `from a import b` yields `a.b`: whether `b` is a module makes no difference to the rules.
    """
    package = module_of(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *filter(None, [node.module])])
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def package_imports() -> Iterator[tuple[Path, str, str]]:
    """(file, its room, module imported) over the package; a top-level file's room is its stem."""
    for path in tree(".py"):
        if PACKAGE in path.parents:
            room = Path(path.relative_to(PACKAGE).parts[0]).stem
            for target in imports(path):
                yield path, room, target


def room_of(target: str) -> str | None:
    parts = target.split(".")
    return parts[1] if parts[0] == "pyfabric" and len(parts) > 1 else None


def test_python_rooms_import_only_what_they_may() -> None:
    bad = [
        f"{name_of(path)} imports {target}"
        for path, room, target in package_imports()
        if room_of(target) in PYTHON_NEVER.get(room, set())
    ]
    assert bad == []


def test_nothing_imports_the_outermost_rooms() -> None:
    bad = [
        f"{name_of(path)} imports {target}"
        for path, room, target in package_imports()
        if room_of(target) in NOBODY_IMPORTS - {room} and room not in NOBODY_IMPORTS | {"__init__"}
    ]
    assert bad == []


def test_engine_internals_stay_inside() -> None:
    modules = {module_of(path) for path in tree(".py") if PACKAGE / "engine" in path.parents}
    bad = [
        f"{name_of(path)} imports {target}"
        for path, room, target in package_imports()
        if room in FRONT_DOOR_ONLY
        and target.startswith("pyfabric.engine.")
        # `from pyfabric.engine import run` is the front door, `pyfabric.engine.x` is not.
        and any(target == m or target.startswith(m + ".") for m in modules - {"pyfabric.engine"})
    ]
    assert bad == []


def test_analysis_neither_plots_nor_reads_files() -> None:
    bad = [
        f"{name_of(path)} imports {target}"
        for path, room, target in package_imports()
        if room == "analysis" and target.split(".")[0] in ANALYSIS_NEVER
    ]
    assert bad == []


def test_only_the_named_files_import_compiled_modules() -> None:
    bad = [
        f"{name_of(path)} imports {target}"
        for path, _, target in package_imports()
        for module, importers in NATIVE_IMPORTERS.items()
        if target.startswith(module) and not name_of(path).startswith(importers)
    ]
    assert bad == []


def test_reference_model_shares_nothing_with_the_engine() -> None:
    bad = [
        f"{name_of(path)} imports {target}"
        for path in tree(".py")
        if ROOT / "tests" / "reference" in path.parents
        for target in imports(path)
        if target.startswith(("pyfabric.engine", "pyfabric._core"))
    ]
    assert bad == []


def test_import_loads_nothing_heavy() -> None:
    code = f"import sys, pyfabric; print(*(m for m in {HEAVY} if m in sys.modules))"
    env = os.environ | {"PYTHONPATH": str(Path(pyfabric.__file__).resolve().parents[1])}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], env=env, capture_output=True, text=True, check=True
    )
    assert (done.stdout.split(), done.stderr) == ([], "")


def native_sources() -> list[Path]:
    return [path for path in tree(".h", ".cc") if NATIVE in path.parents]


def includes(path: Path) -> list[str]:
    found: list[str] = re.findall(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', path.read_text(), re.M)
    return found


def test_native_rooms_include_only_what_they_may() -> None:
    bad = []
    for path in native_sources():
        room = path.relative_to(NATIVE).parts[0]
        for target in includes(path):
            parts = target.split("/")
            if parts[0] == "fabric" and parts[1] in NATIVE_NEVER.get(room, set()):
                bad.append(f"{name_of(path)} includes {target}")
            if parts[0] == "pyfabric" and (room, target) != ("cc", "pyfabric/cc.h"):
                bad.append(f"{name_of(path)} includes {target}: only cc/ passes that header on")
            if parts[0] in {"bindings", "selftest", "yardstick", ".", ".."}:
                bad.append(f"{name_of(path)} includes {target}")
    assert bad == []


@pytest.mark.parametrize("what", NATIVE_FOREIGN)
def test_native_core_knows_neither_python_nor_streams_nor_clocks(what: str) -> None:
    pattern = re.compile(NATIVE_FOREIGN[what])
    free = NATIVE / "engine" if what == "a clock" else None
    bad = [path for path in native_sources() if pattern.search(path.read_text())]
    assert [name_of(path) for path in bad if free not in path.parents] == []


def test_bindings_hold_no_defaults() -> None:
    default = re.compile(r'(?:\barg\("[^"]*"\)|"_a)\s*=(?!=)')
    sources = [path for path in tree(".cc", ".h") if ROOT / "csrc" / "bindings" in path.parents]
    assert [name_of(path) for path in sources if default.search(path.read_text())] == []


def test_every_native_source_is_listed_once() -> None:
    text = (ROOT / "csrc" / "CMakeLists.txt").read_text()
    listed = re.findall(r"^\s*([\w/]+\.cc)\s*$", text, re.M)
    there = [path.relative_to(ROOT / "csrc").as_posix() for path in (ROOT / "csrc").rglob("*.cc")]
    assert sorted(listed) == sorted(there)


def test_files_are_short() -> None:
    bad = []
    for path in tree(*SOURCE_SUFFIXES):
        count = len(path.read_text(encoding="utf-8").splitlines())
        limit = MAX_LINES_NAMED if name_of(path) in LONG_FILES else MAX_LINES
        if count > limit:
            bad.append(f"{name_of(path)} has {count} lines, at most {limit}")
    assert bad == []


def test_lines_are_short() -> None:
    bad = [
        f"{name_of(path)}:{number} has {len(line)} columns"
        for path in tree(*SOURCE_SUFFIXES, ".pyi")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > MAX_COLUMNS
    ]
    assert bad == []


def test_python_functions_are_short() -> None:
    bad = []
    for path in tree(".py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) is not None else node.body
                count = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
                if count > MAX_FUNCTION_LINES:
                    bad.append(f"{name_of(path)}:{node.lineno} {node.name} has {count} lines")
    assert bad == []


def test_no_file_names_a_path_of_one_machine() -> None:
    bad = [
        f"{name_of(path)}:{number}"
        for path in tree(*TEXT_SUFFIXES)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if HOME_PATH.search(line)
    ]
    assert bad == []


def test_layout_keeps_the_source_tree_off_the_path() -> None:
    assert not (ROOT / "conftest.py").exists()
    assert not (ROOT / "tests" / "__init__.py").exists()
