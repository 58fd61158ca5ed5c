"""Congestion controls from outside of the package: what they are, and what they say of themselves.

An algorithm is a class in Python, or anything that comes down to a ``pf_cc_algorithm`` of
``pyfabric/cc.h``: a capsule of it, an object or module with ``__pyfabric_cc__()`` that returns
one, a ctypes :class:`~pyfabric.cc.abi.Algorithm`. A text ``"module:attribute"`` stands for what is
found there.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pyfabric.cc.abi import (
    ABI_VERSION,
    CALLBACKS,
    CAPSULE,
    OBSERVED,
    PARAMETERS,
    Algorithm,
    algorithm_in,
    capsule_name,
    capsule_of,
    is_capsule,
)
from pyfabric.errors import did_you_mean, shorten

_FORMS: Final = (
    "a class with on_ack or another callback, 'module:attribute', a capsule named "
    f"{CAPSULE.decode()!r}, an object with __pyfabric_cc__() or a pyfabric.cc.Algorithm"
)
#: Columns that a trace of congestion control has of itself.
RESERVED: Final = frozenset(
    ("time_ps", "node", "node_name", "qp", "flow", "flow_name", "rate_bps", "window_bytes")
)
#: Longest name and version.
_TEXT_MAX: Final = 200


class PluginError(ValueError):
    """Why something is no congestion control."""


@dataclass(frozen=True)
class Plugin:
    """A congestion control as a plan names it.

    ``source`` is the text ``"module:attribute"``, None when it cannot be found again by name;
    ``parameters``: names, in the order of the values in the plan; ``algorithm``: the thing itself,
    None in a plan that was loaded.
    """

    name: str
    version: str
    source: str | None
    parameters: tuple[str, ...]
    algorithm: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Described:
    """What an algorithm says of itself. ``defaults``: parameter -> default, None: to be given.

    ``observed``: names of the values that a trace shows. ``kind`` is its class when it is one in
    Python, else ``capsule`` is set; ``owner`` keeps what the capsule points to.
    """

    name: str
    version: str
    defaults: Mapping[str, float | None]
    observed: tuple[str, ...] = ()
    kind: type | None = None
    capsule: object = None
    owner: object = None


def split_source(source: str) -> tuple[str, str]:
    """``"module:attribute"`` in its two halves; PluginError for another form."""
    module, colon, attribute = source.partition(":")
    if not colon or not all(part.isidentifier() for part in (module + "." + attribute).split(".")):
        raise PluginError(f"must be 'module:attribute', got {shorten(source)}")
    return module, attribute


def imported(source: str) -> Any:
    """What ``"module:attribute"`` stands for; PluginError when it is not there."""
    module, attribute = split_source(source)
    try:
        found: Any = importlib.import_module(module)
    except Exception as error:  # a module may raise anything
        raise PluginError(f"{source!r} cannot be imported: {error}") from error
    for name in attribute.split("."):
        try:
            found = getattr(found, name)
        except AttributeError:
            hint = did_you_mean(name, vars(found) if hasattr(found, "__dict__") else ())
            raise PluginError(f"{source!r} is not there: no {name!r}{hint}") from None
    return found


def source_of(algorithm: object) -> str | None:
    """``"module:attribute"`` of an algorithm that can be found under its own name."""
    if isinstance(algorithm, str):
        return algorithm
    module = getattr(algorithm, "__module__", None)
    name = getattr(algorithm, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str):
        return None
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return f"{module}:{name}" if found is algorithm else None


def describe(algorithm: object) -> Described:
    """What ``algorithm`` is; PluginError when it is no congestion control."""
    if isinstance(algorithm, str):
        return describe(imported(algorithm))
    if is_capsule(algorithm):
        return _native(algorithm, algorithm)
    if isinstance(algorithm, Algorithm):
        return _native(capsule_of(algorithm), algorithm)
    if hasattr(algorithm, "__pyfabric_cc__"):
        return _native(algorithm.__pyfabric_cc__(), algorithm)
    if isinstance(algorithm, type):
        return _in_python(algorithm)
    raise PluginError(f"must be {_FORMS}, got {shorten(algorithm)}")


def _native(capsule: object, owner: object) -> Described:
    if not is_capsule(capsule):
        raise PluginError(f"__pyfabric_cc__() must return a capsule, got {shorten(capsule)}")
    name = capsule_name(capsule)
    if name != CAPSULE.decode():
        raise PluginError(f"the capsule's name is {name!r}, expected {CAPSULE.decode()!r}")
    struct = algorithm_in(capsule)
    if struct.abi_version != ABI_VERSION:
        raise PluginError(
            f"abi_version is {struct.abi_version}, this pyfabric has {ABI_VERSION}; build it "
            "against this pyfabric's cc.h"
        )
    if struct.struct_size < Algorithm.context.offset:
        raise PluginError(f"struct_size is {struct.struct_size}; fill it with PF_CC_ABI")
    shown = struct.observed if struct.struct_size > Algorithm.observed.offset else None
    return Described(
        name=_text("name", struct.name),
        version=_text("version", struct.version),
        defaults=_listed(_text("parameters", struct.parameters)),
        observed=observed_names(_text("observed", shown).split(), "observed"),
        capsule=capsule,
        owner=owner,
    )


def _text(word: str, value: bytes | None) -> str:
    try:
        return (value or b"").decode("ascii")
    except UnicodeDecodeError:
        raise PluginError(f"its {word} is no ASCII text: {shorten(value)}") from None


def _listed(text: str) -> dict[str, float | None]:
    """``"gain=0.5 step_bps"`` as names and defaults."""
    defaults: dict[str, float | None] = {}
    for word in text.split():
        name, equals, value = word.partition("=")
        try:
            default = float(value) if equals else None
        except ValueError:
            raise PluginError(f"default {value!r} of parameter {name!r} is no number") from None
        if not name.isidentifier() or name in defaults:
            raise PluginError(f"parameters {text!r}: {name!r} is no name, or is named twice")
        defaults[name] = default
    return _limited(defaults)


def observed_names(given: object, what: str) -> tuple[str, ...]:
    """Names of the values that a trace shows, checked; PluginError names ``what``."""
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise PluginError(f"{what} must be a tuple of names, got {shorten(given)}")
    if len(given) > OBSERVED:
        raise PluginError(f"{what} has {len(given)} names (allowed: 0 to {OBSERVED})")
    for name in given:
        if not isinstance(name, str) or not name.isidentifier() or not name.isascii():
            raise PluginError(f"{what}: {shorten(name)} is no name")
        if name in RESERVED or given.count(name) > 1:
            raise PluginError(f"{what}: {name!r} is the name of another column")
    return tuple(given)


def _in_python(kind: type) -> Described:
    if not any(callable(getattr(kind, name, None)) for name in CALLBACKS):
        hint = next((did_you_mean(n, CALLBACKS) for n in vars(kind) if n.startswith("on")), "")
        listed = ", ".join(CALLBACKS)
        raise PluginError(f"class {kind.__qualname__} has no callback{hint} (known: {listed})")
    _check_callbacks(kind)
    texts = {"name": kind.__name__, "version": ""}
    for word in texts:
        value = getattr(kind, word, texts[word])
        if not isinstance(value, str) or not value.isascii() or not value.isprintable():
            raise PluginError(f"{word} of class {kind.__qualname__} must be an ASCII text")
        texts[word] = value[:_TEXT_MAX]
    observed = observed_names(
        getattr(kind, "observed", ()), f"observed of class {kind.__qualname__}"
    )
    return Described(**texts, defaults=_arguments(kind), observed=observed, kind=kind)


def _check_callbacks(kind: type) -> None:
    for name in CALLBACKS:
        method = getattr(kind, name, None)
        if method is None:
            continue
        try:
            inspect.signature(method).bind(None, None, None)
        except TypeError:
            wanted = f"{name}(self, event, wishes)"
            raise PluginError(f"class {kind.__qualname__} must have {wanted}") from None


def _arguments(kind: type) -> dict[str, float | None]:
    """Arguments of a class and their defaults: its parameters."""
    try:
        listed = inspect.signature(kind).parameters.values()
    except (TypeError, ValueError):
        return {}
    defaults: dict[str, float | None] = {}
    for parameter in listed:
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise PluginError(f"class {kind.__qualname__} takes {parameter}; name its arguments")
        default = parameter.default
        if default is parameter.empty:
            defaults[parameter.name] = None
            continue
        try:
            defaults[parameter.name] = float(default)
        except (TypeError, ValueError):
            message = f"default of {parameter.name} must be a number, got {shorten(default)}"
            raise PluginError(f"class {kind.__qualname__}: {message}") from None
    return _limited(defaults)


def _limited(defaults: dict[str, float | None]) -> dict[str, float | None]:
    if len(defaults) > PARAMETERS:
        raise PluginError(f"it has {len(defaults)} parameters (allowed: {PARAMETERS})")
    return defaults
