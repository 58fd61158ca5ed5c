"""Figures for papers: half a page wide, colours that the colour-blind can tell apart.

Nothing global of matplotlib is used but its settings while a figure is made or written, and the
same figure gives the same bytes.
"""

from __future__ import annotations

import functools
import io
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

from pyfabric.errors import Fault, PyfabricError, ScenarioError, optional_package, unknown
from pyfabric.files import as_path, write_atomic
from pyfabric.reports import numbers as show

FORMATS: Final = ("png", "svg", "pdf")
#: Okabe and Ito, "Color universal design", 2008, without its yellow, which is faint on white.
PALETTE: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
#: With more series than colours the next round differs in line and marker.
_STYLES: Final = ("-", "--", "-.", ":")
_MARKERS: Final = "osD^vPX*<>hp"

_WIDTH_INCHES: Final = 4.6
#: Letters of a legend that fit the width; a line's sample with its gaps; the longest label.
_WIDTH_LETTERS: Final = 80
_HANDLE_LETTERS: Final = 9
_LABEL_LETTERS: Final = 60
SETTINGS: Final = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "legend.fontsize": 7.5,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "svg.fonttype": "path",
    "svg.hashsalt": "pyfabric",
    "savefig.dpi": 220,
}
#: Metadata that would change from one writing to the next.
_METADATA: Final[dict[str, dict[str, Any]]] = {
    "png": {"Software": None},
    "svg": {"Date": None},
    "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
}
_PREFIXES: Final = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
Values = NDArray[Any]


@dataclass(frozen=True)
class Distribution:
    """Values, each with the number of flows that it stands for."""

    values: Values
    weights: Values


@dataclass(frozen=True)
class Bars:
    """A quantile per size bin, by the bin's (above, upto) bytes, with half-widths (NaN: none)."""

    values: Mapping[tuple[int, int], float]
    half_widths: Mapping[tuple[int, int], float]


def fct_distribution(series: Mapping[str, Distribution], title: str) -> Any:
    """Empirical distribution of completion times (us, logarithmic), one line per series."""
    figure, (axes,) = _figure(title, 1, series)
    for (name, of), style in zip(series.items(), _styles(), strict=False):
        if not len(of.values):
            axes.plot([], [], label=f"{name} (none finished)", **style)
            continue
        order = np.argsort(of.values, kind="stable")
        share = np.cumsum(of.weights[order]) / of.weights.sum()
        # From 0 up at the smallest value.
        x = np.concatenate((of.values[order][:1], of.values[order]))
        axes.step(x, np.concatenate(([0.0], share)), where="post", label=name, **style)
    if any(len(of.values) for of in series.values()):
        axes.set_xscale("log")
    axes.set_ylim(0, 1.005)
    axes.set_xlabel("flow completion time (µs)")
    axes.set_ylabel("share of flows")
    _legend(figure, axes)
    return figure


def slowdown_by_size(
    p50: Mapping[str, Bars], p99: Mapping[str, Bars], title: str, intervals: str = ""
) -> Any:
    """Slowdown per size bin, p99 above p50 (both logarithmic), one line per series.

    intervals: what the error bars are, for the label of the axis.
    """
    figure, panels = _figure(title, 2, p50)
    bins = sorted({key for of in (*p50.values(), *p99.values()) for key in of.values})
    place = {key: index for index, key in enumerate(bins)}
    for axes, series, name in zip(panels, (p99, p50), ("p99", "p50"), strict=True):
        for number, ((label, of), style) in enumerate(zip(series.items(), _styles(), strict=False)):
            keys = sorted(of.values)
            values = np.array([of.values[key] for key in keys])
            half = np.array([of.half_widths.get(key, np.nan) for key in keys])
            # Beside each other, so that error bars can be told apart; never down to 0 or below.
            shift = (number - (len(series) - 1) / 2) * min(0.06, 0.5 / max(len(series), 1))
            below = np.minimum(np.nan_to_num(half), values * 0.99)
            axes.errorbar(
                [place[key] + shift for key in keys],
                values,
                yerr=np.stack((below, np.nan_to_num(half))) if len(keys) else None,
                marker=_MARKERS[number % len(_MARKERS)],
                label=label,
                elinewidth=0.8,
                capsize=1.5,
                **style,
            )
        axes.set_yscale("log")
        smallest = min((min(of.values.values()) for of in series.values() if of.values), default=1)
        axes.set_ylim(bottom=smallest * 0.8)
        _plain_ticks(axes.yaxis)
        axes.set_ylabel(f"slowdown, {name}")
    bottom = panels[-1]
    crowded = len(bins) > 5
    bottom.set_xticks(range(len(bins)), [_bin(key) for key in bins])
    bottom.tick_params(axis="x", rotation=40 if crowded else 0)
    if crowded:
        for label in bottom.get_xticklabels():
            label.set_horizontalalignment("right")
            label.set_rotation_mode("anchor")
    bottom.set_xlabel(f"message size{f'; {intervals}' if intervals else ''}")
    _legend(figure, panels[0])
    return figure


def over_time(
    series: Mapping[str, tuple[Values, Values]],
    title: str,
    quantity: str,
    unit: str,
    quiet: float = 0.0,
) -> Any:
    """One line per series of (us, value) points.

    ``quantity`` labels the other axis, with the prefix of ``unit`` that suits the largest value.
    The figure ends when no value is above ``quiet`` times the largest any more.
    """
    figure, (axes,) = _figure(title, 1, series)
    last = _busy_until(series.values(), quiet)
    time_scale, time_unit = (1e3, "ms") if last >= 5e3 else (1, "µs")
    largest = max((values.max() for _, values in series.values() if len(values)), default=0)
    scale, prefix = next((p for p in _PREFIXES if largest >= 2 * p[0]), (1, ""))
    for (name, (times, values)), style in zip(series.items(), _styles(), strict=False):
        points = (times / time_scale, values / scale)
        label = name if len(times) else f"{name} (not recorded)"
        axes.plot(*points, label=label, **{**style, "linewidth": 1.0})
    lowest = min((values.min() for _, values in series.values() if len(values)), default=0)
    if not lowest < 0:
        axes.set_ylim(bottom=0)
    axes.set_xlim(0, last * 1.03 / time_scale if last > 0 else None)
    axes.set_xlabel(f"time ({time_unit})")
    axes.set_ylabel(f"{quantity} ({prefix}{unit})" if prefix + unit else quantity)
    _legend(figure, axes)
    return figure


def _busy_until(series: Iterable[tuple[Values, Values]], quiet: float) -> float:
    """The last time at which a value is above ``quiet`` times the largest (all: the last time)."""
    recorded = [(times, values) for times, values in series if len(times)]
    least = quiet * max((values.max() for _, values in recorded), default=0)
    busy = [times[values > least] if least > 0 else times for times, values in recorded]
    return float(max((times.max() for times in busy if len(times)), default=0))


def check_format(given: object) -> str:
    """``given`` if it is a format of figures; ScenarioError otherwise."""
    if not isinstance(given, str) or given not in FORMATS:
        raise ScenarioError(Fault("format", unknown("format of figures", given, FORMATS)))
    return given


def write(figures: Mapping[str, Any], directory: Any, form: str) -> list[Path]:
    """Write figures as ``NAME.FORM``, each whole or not at all, the same bytes each time."""
    path = as_path(directory, "directory")
    matplotlib = optional_package("matplotlib", "a figure", "plots")
    written = []
    try:
        path.mkdir(parents=True, exist_ok=True)
        for name, figure in figures.items():
            file = path / f"{name}.{form}"
            image = io.BytesIO()
            with matplotlib.rc_context(SETTINGS):
                figure.savefig(image, format=form, metadata=_METADATA[form])
            write_atomic(file, functools.partial(_copy, image.getvalue()))
            written.append(file)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        place = str(path).replace("\0", "\\0")
        raise PyfabricError(f"{place}: figures cannot be written: {reason}") from None
    return written


def _copy(content: bytes, file: IO[bytes]) -> None:
    file.write(content)


def _figure(title: str, panels: int, names: Iterable[str]) -> tuple[Any, Sequence[Any]]:
    matplotlib = optional_package("matplotlib", "a figure", "plots")
    module = optional_package("matplotlib.figure", "a figure", "plots")
    labels = list(names)
    rows = -(-len(labels) // _legend_columns(labels))
    height = 2.5 + 1.7 * (panels - 1) + 0.17 * rows
    with matplotlib.rc_context(SETTINGS):
        figure = module.Figure(figsize=(_WIDTH_INCHES, height), layout="constrained")
        axes = figure.subplots(panels, 1, sharex=True, squeeze=False)[:, 0]
    figure.suptitle(title, fontsize=9)
    return figure, list(axes)


def _legend(figure: Any, axes: Any) -> None:
    """Below the axes, where it hides nothing."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(
        handles,
        [_short(label) for label in labels],
        loc="outside lower center",
        ncols=_legend_columns(labels),
        frameon=False,
        fontsize=SETTINGS["legend.fontsize"],
        handlelength=2.4,
        columnspacing=1.2,
    )


def _legend_columns(labels: Sequence[str]) -> int:
    """As many as the width has room for, at most four."""
    widest = max((len(_short(label)) for label in labels), default=0) + _HANDLE_LETTERS
    return max(1, min(4, len(labels), _WIDTH_LETTERS // widest))


def _short(label: str) -> str:
    return label if len(label) <= _LABEL_LETTERS else f"{label[: _LABEL_LETTERS - 1]}…"


def _styles() -> Any:
    """Colour and line of one series after the other."""
    return (
        {"color": color, "linestyle": line, "linewidth": 1.3, "markersize": 3.5}
        for line, color in itertools.cycle(itertools.product(_STYLES, PALETTE))
    )


def _plain_ticks(axis: Any) -> None:
    """1, 2, 5, 10 on a logarithmic axis instead of powers."""
    ticker = optional_package("matplotlib.ticker", "a figure", "plots")
    axis.set_major_locator(ticker.LogLocator(base=10, subs=(1.0, 2.0, 5.0), numticks=20))
    axis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(ticker.NullFormatter())


def _bin(key: tuple[int, int]) -> str:
    above, upto = key
    return f"≤ {show.size(upto)}" if upto >= 0 else f"> {show.size(above)}"
