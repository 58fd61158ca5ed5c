"""What all specifications share: frozen values whose faults are collected and named.

A spec is a frozen dataclass that keeps what it was given (lists become tuples, dicts
:class:`FrozenDict`) and offers the resolved values under names with a unit. ``check`` reports to a
:class:`Faults`; all faults of one object come in one :class:`ScenarioError`.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import operator
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any, ClassVar, Final, NoReturn, ParamSpec, Self, TypeVar, dataclass_transform

from pyfabric import units
from pyfabric.errors import Fault, ScenarioError, did_you_mean, shorten

T = TypeVar("T")
P = ParamSpec("P")


class FrozenDict(dict[Any, Any]):
    """A dict that refuses changes and can be hashed; equal to the dict of the same items."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("this mapping belongs to an immutable spec; use replace()")

    __setitem__ = __delitem__ = clear = pop = popitem = setdefault = update = _refuse
    __ior__ = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenDict, (dict(self),)

    def __deepcopy__(self, memo: dict[int, Any]) -> FrozenDict:
        return self


#: The default of mapping parameters.
EMPTY: Final = FrozenDict()
_PLAIN: Final = frozenset({int, str, float, bool, type(None)})


def freeze(value: Any) -> Any:
    """Lists to tuples and mappings to :class:`FrozenDict`, at any depth; anything else as it is.

    Numbers become what files have: integers and bools of numpy those of Python, a Fraction an int
    or a text such as ``"1/3"``, a duration a text such as ``"3ns"``.
    """
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Mapping):
        return FrozenDict({freeze(key): freeze(item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return tuple(item if type(item) in _PLAIN else freeze(item) for item in value)
    if units.is_integer(value):
        return operator.index(value)
    if units.is_bool(value):
        return bool(value)
    try:
        if isinstance(value, Fraction):
            return value.numerator if value.denominator == 1 else str(value)
        return units.format_time(units.duration_ps(value)) if units.is_duration(value) else value
    except ValueError:  # the check of the field says what is wrong
        return value


class Faults:
    """Collects what is wrong with one object; checks return the resolved value, or None.

    Sizes, rates, times and lengths may be ``low`` to ``high`` in base units, both included.
    """

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.found: list[Fault] = []

    def add(self, field: str, message: str) -> None:
        """Record a fault of ``field`` (``""``: of the object itself)."""
        dot = "." if field and not field.startswith("[") else ""
        self.found.append(Fault(f"{self.owner}{dot}{field}", message))

    def add_from(self, field: str, error: ScenarioError) -> None:
        """Record the faults of a part of this object."""
        self.found.extend(error.under(f"{self.owner}.{field}").faults)

    def raise_all(self) -> None:
        """Raise one ScenarioError with all faults, if there are any."""
        if self.found:
            raise ScenarioError(self.found)

    def size(self, field: str, value: object, low: int = 0, high: int = 10**12) -> int | None:
        """A size in bytes; at most 1 TB unless told otherwise."""
        return self._quantity(field, value, units.parse_size, units.format_size, low, high)

    def rate(self, field: str, value: object, low: int = 10**3, high: int = 10**14) -> int | None:
        """A rate in bit/s; 1 kbps to 100 Tbps unless told otherwise."""
        return self._quantity(field, value, units.parse_rate, units.format_rate, low, high)

    def time(self, field: str, value: object, low: int = 0, high: int = 10**18) -> int | None:
        """A time in ps; at most a million seconds unless told otherwise."""
        return self._quantity(field, value, units.parse_time, units.format_time, low, high)

    def length(self, field: str, value: object, low: int = 0, high: int = 10**12) -> int | None:
        """A length in mm; at most a million km unless told otherwise."""
        return self._quantity(field, value, units.parse_length, units.format_length, low, high)

    def _quantity(
        self,
        field: str,
        value: object,
        parse: Callable[..., int],
        form: Callable[[int], str],
        low: int,
        high: int,
    ) -> int | None:
        said = f"{shorten(value)} is out of range"
        try:
            if low <= (amount := parse(value, what="")) <= high:
                return amount
        except units.OutOfRange:
            pass
        except ValueError as error:
            said = str(error)
        self.add(field, f"{said} (allowed: {form(low)} to {form(high)})")
        return None

    def integer(self, field: str, value: Any, low: int, high: int) -> int | None:
        """A whole number from ``low`` to ``high``."""
        number = operator.index(value) if units.is_integer(value) else low - 1
        if low <= number <= high:
            return number
        self.add(field, f"must be an integer from {low} to {high}, got {shorten(value)}")
        return None

    def fraction(
        self,
        field: str,
        value: object,
        low: Fraction | int,
        high: Fraction | int,
        *,
        above: bool = False,
    ) -> Fraction | None:
        """A number or ``"1/8"`` from ``low`` (``above``: exclusive) to ``high``."""
        allowed = f"{'above ' if above else ''}{low} to {high}"
        try:
            number = units.parse_fraction(value, what="")
        except ValueError as error:
            self.add(field, f"{error} (allowed: {allowed})")
            return None
        if number > high or number < low or (above and number == low):
            self.add(field, f"{shorten(value)} is out of range (allowed: {allowed})")
            return None
        return number

    def boolean(self, field: str, value: object) -> bool | None:
        """True or False."""
        if units.is_bool(value):
            return bool(value)
        self.add(field, f"must be True or False, got {shorten(value)}")
        return None

    def choice(self, field: str, value: object, choices: Iterable[str]) -> str | None:
        """One of a few words."""
        words = list(choices)
        if isinstance(value, str) and value in words:
            return value
        hint = did_you_mean(value, words) if isinstance(value, str) else ""
        self.add(field, f"must be one of {', '.join(map(repr, words))}, got {shorten(value)}{hint}")
        return None

    def instance(
        self, field: str, value: object, kind: type[T], *, optional: bool = False
    ) -> T | None:
        """An object of a class."""
        if isinstance(value, kind) or (optional and value is None):
            return value
        other = " or None" if optional else ""
        self.add(field, f"must be a {kind.__name__}{other}, got {shorten(value)}")
        return None

    def priorities(self, field: str, value: object) -> tuple[int, ...] | None:
        """Different priorities, each 0 to 7."""
        wanted = "must list different priorities, each an integer from 0 to 7"
        items = value if isinstance(value, tuple) else ()
        good = [p for p in items if isinstance(p, int) and not isinstance(p, bool) and 0 <= p <= 7]
        if not isinstance(value, tuple) or len(good) != len(items) or len(set(good)) != len(good):
            self.add(field, f"{wanted}, got {shorten(value)}")
            return None
        return tuple(good)


class Spec:
    """Base of the frozen specs: faults, ``replace`` and a short repr that evaluates back."""

    #: What messages call it, when that is not the name of the class.
    spelled: ClassVar[str] = ""

    def check(self, faults: Faults) -> None:
        """Report what is wrong with this object; subclasses override it."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):  # type: ignore[arg-type]
            object.__setattr__(self, field.name, freeze(getattr(self, field.name)))
        faults = Faults(self.spelled or type(self).__name__)
        self.check(faults)
        faults.raise_all()

    def replace(self, **changes: Any) -> Self:
        """A copy with other values, validated again."""
        return type(self)(**{**self.values(), **changes})

    def values(self) -> dict[str, Any]:
        """All parameters by name, as given."""
        fields = dataclasses.fields(self)  # type: ignore[arg-type]
        return {field.name: getattr(self, field.name) for field in fields if field.init}

    def given(self) -> dict[str, Any]:
        """The parameters that differ from their defaults, by name, as given."""
        return {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)  # type: ignore[arg-type]
            if field.init and not _is_default(field, getattr(self, field.name))
        }

    def __repr__(self) -> str:
        return f"{type(self).__name__}({arguments(self.given())})"


def arguments(parameters: Mapping[str, Any]) -> str:
    """``"a=1, b='x'"``: keyword arguments as they are written in Python."""
    return ", ".join(f"{name}={value!r}" for name, value in parameters.items())


def _is_default(field: dataclasses.Field[Any], value: Any) -> bool:
    if field.default is not dataclasses.MISSING:
        default = field.default
    elif field.default_factory is not dataclasses.MISSING:
        default = field.default_factory()
    else:
        return False
    return type(value) is type(default) and bool(value == default)


def checked(function: Callable[P, T], owner: str | None = None) -> Callable[P, T]:
    """Wrap ``function``: wrong argument names are ScenarioErrors with a suggestion."""
    name = owner or function.__name__
    signature = inspect.signature(function)

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            signature.bind(*args, **kwargs)
        except TypeError as error:
            raise _bad_call(name, signature, args, kwargs, error) from None
        return function(*args, **kwargs)

    return wrapper


def check_arguments(function: Callable[..., Any], name: str, kwargs: Mapping[str, Any]) -> None:
    """Raise a ScenarioError unless ``function(**kwargs)`` would be a proper call."""
    signature = inspect.signature(function)
    try:
        signature.bind(**kwargs)
    except TypeError as error:
        raise _bad_call(name, signature, (), kwargs, error) from None


def _bad_call(
    name: str,
    signature: inspect.Signature,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    error: TypeError,
) -> ScenarioError:
    known = [parameter for parameter in signature.parameters if parameter != "self"]
    faults = Faults(name)
    for key, value in kwargs.items():
        if key not in known:
            hint = did_you_mean(key, known)
            listed = ", ".join(known) or "none"
            faults.add(key, f"unknown parameter (value {shorten(value)}){hint} (known: {listed})")
    if not faults.found:
        faults.add("", f"{error} (parameters: {', '.join(known) or 'none'})")
    return ScenarioError(faults.found)


@dataclass_transform(frozen_default=True)
def spec(cls: type[T]) -> type[T]:
    """Class decorator for subclasses of :class:`Spec`: a frozen dataclass, keywords checked."""
    made: Any = dataclasses.dataclass(frozen=True, repr=False)(cls)
    made.__init__ = checked(made.__init__, made.spelled or cls.__name__)
    return made  # type: ignore[no-any-return]
