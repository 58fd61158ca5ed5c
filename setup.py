"""Build the native modules: `build_ext` drives one CMake tree once and copies what it staged.

CMake alone knows sources and flags (csrc/CMakeLists.txt); setuptools alone knows metadata and
Python files (pyproject.toml). Environment: PYFABRIC_BUILD_TYPE (Release, RelWithDebInfo, Debug;
default Release) and CMAKE_ARGS (further arguments for the configure step).
"""

import importlib
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent


def tool(name: str, directory: str) -> str:
    """Path of a build tool: the wheel of that name if it is importable, else the one on PATH."""
    try:
        beside = Path(getattr(importlib.import_module(name), directory)) / name
    except (ImportError, AttributeError):
        beside = None
    found = str(beside) if beside and beside.exists() else shutil.which(name)
    if found is None:
        sys.exit(f"pyfabric: {name} is needed to build the native core: pip install {name}")
    return found


class CMakeBuild(build_ext):
    """Configure and build the tree once, then copy each staged module where setuptools wants it."""

    def run(self) -> None:
        # setuptools clears `inplace` while it builds and copies to the source tree afterwards.
        self.kept = bool(self.inplace or self.editable_mode)
        # Copy even an older module: after a Debug build, Release must come back.
        self.force = True
        super().run()

    def build_extensions(self) -> None:
        import pybind11

        config = os.environ.get("PYFABRIC_BUILD_TYPE", "Release")
        abi = sysconfig.get_config_var("SOABI")
        # In place the cache lives on for incremental work. Elsewhere it would remember the
        # isolated environment of an earlier `pip install .`, which is gone by now.
        binary = ROOT / "build" / f"{abi}-{config}" if self.kept else Path(self.build_temp) / config
        binary = binary.resolve()
        cmake = tool("cmake", "CMAKE_BIN_DIR")
        configure = [cmake, "-S", str(ROOT), "-B", str(binary), "-G", "Ninja"]
        configure += [] if self.kept else ["--fresh"]
        configure += [
            f"-DCMAKE_BUILD_TYPE={config}",
            f"-DCMAKE_MAKE_PROGRAM={tool('ninja', 'BIN_DIR')}",
            f"-DPython_EXECUTABLE={sys.executable}",
            f"-Dpybind11_DIR={pybind11.get_cmake_dir()}",
            *shlex.split(os.environ.get("CMAKE_ARGS", "")),
        ]
        subprocess.run(configure, check=True)
        jobs = str(self.parallel or os.cpu_count() or 1)
        subprocess.run([cmake, "--build", str(binary), "--parallel", jobs], check=True)
        for extension in self.extensions:
            target = Path(self.get_ext_fullpath(extension.name))
            self.mkpath(str(target.parent))
            staged = binary / "stage" / self.get_ext_filename(extension.name)
            self.copy_file(str(staged), str(target))


class FreshBuildPy(build_py):
    """Empty build_lib first, so that a deleted Python file is not shipped from an older build."""

    def run(self) -> None:
        if not self.editable_mode:
            shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()


setup(
    ext_modules=[
        Extension(f"pyfabric.{name}", sources=[]) for name in ("_core", "_yardstick", "cc._bridge")
    ],
    cmdclass={"build_ext": CMakeBuild, "build_py": FreshBuildPy},
)
