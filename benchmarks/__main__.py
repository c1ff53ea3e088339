"""Command line of the benchmarks: `python -m benchmarks [CASE]...`."""

import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import click

from benchmarks.cases import CASES
from benchmarks.measuring import Measurement, Run, measure
from benchmarks.report import environment_line, table, write
from benchmarks.versions import Version

_PAGE = click.Path(exists=True, dir_okay=False, path_type=Path)
_CHECKOUT = click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path)
_EPILOG = "\b\n" + "\n".join(f"{case.name:16}{case.about}" for case in CASES)


@click.command(epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.argument("cases", nargs=-1, metavar="[CASE]...", type=click.Choice([case.name for case in CASES]))
@click.option("--against", type=_CHECKOUT, help="A checkout of another version, to be measured in the same rounds.")
@click.option("--against-python", default=sys.executable, help="The interpreter of that version; it needs pyperf.")
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True, help="How often each is measured.")
@click.option("--seconds", type=click.IntRange(1, 30), default=2, show_default=True, help="Duration of a load by wrk.")
@click.option("--quick", is_flag=True, help="One short round, to see that the cases work.")
@click.option("--write", "page", type=_PAGE, help="A page to write the figures into, such as docs/performance.md.")
def main(
    cases: tuple[str, ...],
    against: Path | None,
    against_python: str,
    rounds: int,
    seconds: int,
    quick: bool,
    page: Path | None,
) -> None:
    """Measure this version against a floor and, if asked to, against another version: all CASES, or those named."""
    other = Version(against.name, against, against_python) if against else None
    rounds, seconds = (1, 1) if quick else (rounds, seconds)
    measurements: list[Measurement] = []
    skipped: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        run = Run(other=other, rounds=rounds, seconds=seconds, quick=quick, folder=Path(folder))
        for case in (case for case in CASES if case.name in cases or not cases):
            if case.program and not shutil.which(case.program):
                skipped.append(f"`{case.name}` was skipped: the program {case.program} is not installed.")
                continue
            click.echo(f"{case.name}: {case.about}", err=True)
            measurements += measure(run, case)
    about = f"{datetime.now(UTC):%Y-%m-%d}, rounds: {rounds}, seconds of a load: {seconds}; {environment_line()}."
    text = "\n\n".join([table(measurements, other), *skipped, about]) + "\n"
    click.echo(text)
    if page is not None:
        write(page, text)


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
