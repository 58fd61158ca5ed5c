"""The stubs say what the native modules have: names, and parameters by their signatures."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from types import ModuleType

import pytest

import pyfabric
from pyfabric import _yardstick
from pyfabric.engine.native import _core

Names = dict[str, dict[str, list[str] | None]]


def stub_names(module: ModuleType) -> Names:
    """``""`` and each class to its names; functions to their parameters, the rest to None."""
    stub = Path(pyfabric.__file__).with_name(f"{module.__name__.rpartition('.')[2]}.pyi")
    body = ast.parse(stub.read_text(encoding="utf-8")).body
    classes = [node for node in body if isinstance(node, ast.ClassDef)]
    return {"": _declared(body), **{node.name: _declared(node.body) for node in classes}}


def _declared(body: list[ast.stmt]) -> dict[str, list[str] | None]:
    found: dict[str, list[str] | None] = {}
    for node in body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[node.target.id] = None
        elif isinstance(node, ast.FunctionDef) and node.decorator_list:
            found[node.name] = None  # a property
        elif isinstance(node, ast.FunctionDef):
            arguments = [*node.args.args, *node.args.kwonlyargs]
            found[node.name] = [a.arg for a in arguments if a.arg != "self"]
        elif isinstance(node, ast.ClassDef):
            found[node.name] = None
    return found


def native_names(module: ModuleType) -> Names:
    """The same of the compiled module; pybind11 writes signatures into docstrings."""
    classes = [value for value in vars(module).values() if isinstance(value, type)]
    return {"": _present(module), **{cls.__name__: _present(cls) for cls in classes}}


def _present(owner: ModuleType | type) -> dict[str, list[str] | None]:
    found: dict[str, list[str] | None] = {}
    for name, value in vars(owner).items():
        if name == "__init__" or not name.startswith("_"):
            signature = re.match(rf"{name}\((.*)\) ->", value.__doc__ or "")
            if callable(value) and signature:
                arguments = re.findall(r"(?:^|, )(\w+): ", signature[1])
                found[name] = [argument for argument in arguments if argument != "self"]
            else:
                found[name] = None
    return found


@pytest.mark.parametrize("module", [_core, _yardstick])
def test_the_stub_names_what_the_module_has(module: ModuleType) -> None:
    assert stub_names(module) == native_names(module)
