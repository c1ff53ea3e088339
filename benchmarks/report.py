"""`docs/performance.md`: the part between its marks, and its pictures, are made here of a run's results."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.cases import CASES
from benchmarks.measurements import Measurement
from benchmarks.pictures import draw
from benchmarks.results import Results
from benchmarks.tables import figure, ratio
from benchmarks.targets import judged

PAGE = "performance.md"
PICTURES = "performance"

_MARKED = re.compile(r"<!-- figures -->\n.*<!-- /figures -->\n", re.DOTALL)


class PageError(Exception):
    """There is no page with marks to write into."""


def write(results: Results, folder: Path) -> list[Path]:
    """Write tables and pictures into the page of a folder; return what was written. Raises PageError."""
    page = folder / PAGE
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    if not _MARKED.search(text):
        raise PageError(f"{page} has no lines <!-- figures --> and <!-- /figures -->, between which to write")
    pictures = draw(results.measurements, folder / PICTURES)
    made = "\n".join(["<!-- figures -->", *_lines(results, pictures), "<!-- /figures -->", ""])
    page.write_text(_MARKED.sub(lambda _: made, text), encoding="utf-8")
    return [page, *pictures.values()]


def _lines(results: Results, pictures: dict[str, Path]) -> Iterator[str]:
    yield from _run(results)
    yield "### Targets\n"
    yield from _targets(results.measurements)
    for title, path in pictures.items():
        yield f"### {title}\n"
        yield f"![{title}]({PICTURES}/{path.name})\n"
    yield "### All figures\n"
    yield "Medians; in brackets the ratio to the subject without one, which is the median of the rounds' ratios.\n"
    for name in dict.fromkeys(taken.case for taken in results.measurements):
        about = CASES[name].about if name in CASES else ""
        yield f"**{name}**: {about}\n"
        yield from _figures([taken for taken in results.measurements if taken.case == name])


def _run(results: Results) -> Iterator[str]:
    if results.quick:
        yield "*A quick run, which shows that everything works; its figures mean little.*\n"
    yield f"`{results.command}`\n"
    machine = results.machine
    yield f"- {results.date}; {machine['cpu']}, {machine['cores']} cores, {machine['system']}"
    yield f"- {results.rounds} rounds; loads of {results.seconds:g} s by {results.load_generator}; {results.pinning}"
    yield f"- {', '.join(f'{name} {version}' for name, version in results.versions.items())}"
    yield from (f"- {' '.join(notice.split())[:200]}" for notice in results.notices)
    yield ""


def _targets(measurements: Sequence[Measurement]) -> Iterator[str]:
    yield "| figure | measured | target | met |"
    yield "|---|---:|---|---|"
    for target, taken in judged(measurements):
        met = "yes" if target.met(taken) else "**no**"
        yield f"| {target.what} | {target.measured(taken)} | {target.wanted(taken)} | {met} |"
    yield ""


def _figures(measurements: Sequence[Measurement]) -> Iterator[str]:
    """Yield a table of a case: subjects down, measures across."""
    subjects = list(dict.fromkeys(subject for taken in measurements for subject in taken.rounds))
    yield f"| | {' | '.join(taken.measure for taken in measurements)} |"
    yield f"|---|{'---:|' * len(measurements)}"
    for subject in subjects:
        yield f"| {subject} | {' | '.join(_cell(taken, subject) for taken in measurements)} |"
    yield ""


def _cell(taken: Measurement, subject: str) -> str:
    if subject not in taken.rounds:
        return ""
    shown = figure(taken.typical(subject), taken.unit)
    return shown if subject == taken.reference else f"{shown} ({ratio(taken.ratio(subject))})"
