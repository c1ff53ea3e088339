"""Results as Markdown: one table with a row for each figure."""

import platform
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median

from benchmarks.measuring import Measurement
from benchmarks.versions import CURRENT, FLOOR, Version

_START, _END = "<!-- figures -->\n", "<!-- /figures -->\n"
_PACKAGES = ("uvicorn", "uvloop", "httptools", "starlette", "pydantic", "PyYAML", "pytest", "pyperf")


def environment_line() -> str:
    """Return where the run was made: system, processor and versions."""
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {packages}"


def table(measurements: Sequence[Measurement], other: Version | None) -> str:
    """Return a table of all figures: medians, and the median ratio to each reference with the range over the rounds."""
    references = [FLOOR.name, *([other.name] if other else [])]
    heads = ["case", "figure", CURRENT.name, *(head for name in references for head in (name, f"to {name}")), "targets"]
    rows = [heads, ["---", "---", *["---:"] * (len(heads) - 3), "---"]]
    rows += [_row(each, references) for each in measurements]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(f"| {line} |" for line in lines)


def write(path: Path, text: str) -> None:
    """Put text between the marks of a page; raises ValueError for a page without them."""
    before, start, rest = path.read_text(encoding="utf-8").partition(_START)
    _, end, after = rest.partition(_END)
    if not end:
        raise ValueError(f"{path} has no lines {_START.strip()} and {_END.strip()}")
    path.write_text(f"{before}{start}{text}{end}{after}", encoding="utf-8")


def _row(each: Measurement, references: Sequence[str]) -> list[str]:
    cells = [each.case, each.figure.name, _with_unit(each.median(CURRENT.name), each.figure.unit)]
    for name in references:
        if name in each.values:
            ratios = each.ratios(name)
            spread = f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
            cells += [_with_unit(each.median(name), each.figure.unit), spread]
        else:
            cells += ["", ""]
    targets = (f"{target}: {'met' if met else '**missed**'}" for target, met in _targets(each, references))
    return [*cells, "; ".join(targets)]


def _targets(each: Measurement, references: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Yield each target, and whether it is met."""
    figure = each.figure
    for name in references:
        target = figure.to_floor if name == FLOOR.name else figure.to_other
        if target is not None and figure.higher_is_better:
            yield f"at least {target:.2f} × {name}", median(each.ratios(name)) >= target
        elif target is not None:
            yield f"at most {target:.2f} × {name}", median(each.ratios(name)) <= target
    if figure.at_most is not None:
        yield f"at most {_with_unit(figure.at_most, figure.unit)}", each.median(CURRENT.name) <= figure.at_most


def _with_unit(value: float, unit: str) -> str:
    """Return a value with three significant digits or more."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit}".replace(" /s", "/s")
