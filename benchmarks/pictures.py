"""Pictures of measurements: how costs grow, and how peers compare; the same figures give the same bytes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import ceil, log10
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.curves import FLAT, LINEAR
from benchmarks.measurements import FLOOR, Measurement
from benchmarks.tables import figure, ratio

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS = ("#1f5fa8", "#c8561a", "#2f8f4e", "#8a4fa3", "#b3202c", "#6b6b6b")
_MARKERS = "os^Dvx"
_OURS, _THEIRS = "#1f5fa8", "#9aa5b1"


def draw(measurements: Sequence[Measurement], folder: Path) -> dict[str, Path]:
    """Draw what can be drawn of some measurements; return the files by title."""
    curves = {taken.measure: taken for taken in measurements if taken.case == "curves"}
    loads = {taken.case: taken for taken in measurements if taken.measure == "throughput" and taken.reference == FLOOR}
    starts = [taken for taken in measurements if taken.case == "cold-start"]
    folder.mkdir(parents=True, exist_ok=True)
    drawn: dict[str, Path] = {}
    if curves:
        drawn["What must not grow with the world"] = _curves(curves, FLAT, folder / "flat.svg")
        drawn["What grows with the world"] = _curves(curves, LINEAR, folder / "linear.svg")
    for case, title in (("get", "Get by id, 32 connections"), ("batch-get", "Batch get of 20, 32 connections")):
        if case in loads:
            drawn[title] = _bars(loads[case], "answers a second", folder / f"{case}.svg")
    if starts:
        drawn["Cold start to the first answer"] = _bars(
            starts[0], "time to the first answer", folder / "cold-start.svg"
        )
    return drawn


@contextmanager
def _axes(path: Path, height: float) -> Iterator["Axes"]:
    """Give axes to draw on, on a light ground, which are then saved without date or chance ids."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(
        {
            "svg.hashsalt": "polyai-mockserver",
            "font.size": 11,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": "#555555",
        }
    ):
        drawing = Figure(figsize=(8, height), layout="constrained", facecolor="white")
        yield drawing.add_subplot()
        drawing.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def _curves(curves: dict[str, Measurement], names: Sequence[str], path: Path) -> Path:
    with _axes(path, height=4.6) as axes:
        for name, colour, marker in zip(names, _COLOURS, _MARKERS, strict=False):
            taken = curves[name]
            sizes = [int(subject.split(" ")[0].replace(",", "")) for subject in taken.rounds]
            times = [taken.typical(subject) for subject in taken.rounds]
            axes.plot(sizes, times, color=colour, marker=marker, linewidth=2, label=name)
        axes.set_xscale("log")
        axes.set_yscale("log")
        if names == FLAT:  # in whole powers of ten, so that a slope looks as steep as it is
            highest = max(max(map(curves[name].typical, curves[name].rounds)) for name in names)
            axes.set_ylim(1, 10 ** ceil(log10(highest)))
        axes.xaxis.set_major_formatter(lambda value, _position: f"{value:,.0f}")
        axes.yaxis.set_major_formatter(lambda value, _position: _time(value))
        axes.set_xlabel("records in the world")
        axes.set_ylabel("time of one call")
        axes.grid(visible=True, which="major", color="#dddddd", linewidth=0.8)
        axes.legend(frameon=False, ncols=len(names), loc="lower center", bbox_to_anchor=(0.5, 1))
    return path


def _bars(taken: Measurement, label: str, path: Path) -> Path:
    """Draw each subject's ratio to the floor; the floor itself is the line at 1."""
    subjects = [subject for subject in taken.rounds if subject != taken.reference]
    ratios = [taken.ratio(subject) for subject in subjects]
    with _axes(path, height=0.8 + 0.42 * len(subjects)) as axes:
        colours = [_OURS if subject == subjects[0] else _THEIRS for subject in subjects]
        bars = axes.barh(subjects, ratios, color=colours, height=0.65)
        axes.bar_label(bars, [ratio(value) for value in ratios], padding=4, bbox={"color": "white", "pad": 1})
        axes.axvline(1, color="#b3202c", linewidth=1.2, linestyle="--", zorder=0)
        axes.set_xlim(0, max(1.0, *ratios) * 1.12)
        axes.invert_yaxis()
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel(f"{label}, as a ratio to the floor's {figure(taken.typical(taken.reference), taken.unit)}")
    return path


def _time(microseconds: float) -> str:
    if microseconds >= 1_000_000:
        return f"{microseconds / 1_000_000:g} s"
    return f"{microseconds / 1_000:g} ms" if microseconds >= 1_000 else f"{microseconds:g} µs"
