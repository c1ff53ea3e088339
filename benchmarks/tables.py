"""Measurements as text for a terminal."""

from collections.abc import Iterable, Sequence

from benchmarks.measurements import Measurement


def figure(value: float, unit: str) -> str:
    """Return a figure with its unit, with as many digits as mean something."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 0.1 else 3
    return f"{value:,.{digits}f}{'' if unit == '/s' else ' '}{unit}"


def ratio(value: float) -> str:
    """Return a ratio, with as many digits as mean something."""
    size = abs(value)
    return f"{value:,.{0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 else 3}f} ×"


def as_text(measurements: Iterable[Measurement]) -> str:
    """Return a table of every subject's figure, and its ratio to the reference."""
    rows: list[Sequence[str]] = [("measured", "subject", "median", "ratio", "to")]
    last = ""
    for taken in measurements:
        for subject in taken.rounds:
            is_reference = subject == taken.reference
            name, last = ("" if taken.name == last else taken.name), taken.name
            compared = ("", "") if is_reference else (ratio(taken.ratio(subject)), taken.reference)
            rows.append((name, subject, figure(taken.typical(subject), taken.unit), *compared))
    return columns(rows, right=(2, 3))


def columns(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Return rows as text in columns, the first one being the heading."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if index in right else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join([lines[0], "─" * (sum(widths) + 2 * len(widths) - 2), *lines[1:]])
