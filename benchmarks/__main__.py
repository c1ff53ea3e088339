"""`python -m benchmarks [CASE…]`: from arguments to a run, and from its results to tables, JSON and the docs."""

import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from benchmarks import cores, machine, report, results
from benchmarks.cases import CASES
from benchmarks.install_peers import default_folder, install
from benchmarks.load import Generator, generator, generator_name
from benchmarks.measurements import FailedError, Measurement
from benchmarks.peers import PEERS
from benchmarks.results import Results
from benchmarks.run import Run
from benchmarks.tables import as_text, columns
from benchmarks.targets import judged

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


def _peers(_context: click.Context, _option: click.Parameter, text: str) -> tuple[str, ...]:
    names = tuple(PEERS) if text == "all" else () if text == "none" else tuple(text.split(","))
    if unknown := [name for name in names if name not in PEERS]:
        raise click.BadParameter(f"{unknown[0]} is not one of all, none, {', '.join(PEERS)}")
    return names


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.argument("cases", nargs=-1, metavar="[CASE]...", type=click.Choice(list(CASES)))
@click.option("--list", "list_cases", is_flag=True, help="List the cases and the peers.")
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True, help="How often each takes its turn.")
@click.option("--seconds", type=click.FloatRange(0.1), default=3.0, show_default=True, help="How long a load lasts.")
@click.option("--quick", is_flag=True, help="One short round of everything, to see that it works.")
@click.option("--peers", default="all", show_default=True, callback=_peers, help="all, none, or names with commas.")
@click.option(
    "--document",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The public OpenAPI document; without it, peers that need it are skipped.",
)
@click.option(
    "--peers-folder", type=_FOLDER, default=default_folder, show_default="in the cache", help="Where npm puts peers."
)
@click.option("--install-peers", is_flag=True, help="Have npm install its peers there, and end.")
@click.option(
    "--load", "kind", type=click.Choice(["wrk", "python"]), help="The load generator; wrk where it is installed."
)
@click.option("--json", "json_file", type=_FILE, help="Write everything, with all raw figures, to a file.")
@click.option("--report", "docs", type=_FOLDER, help="Write tables and pictures into performance.md in a folder.")
@click.option(
    "--from",
    "source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Measure nothing; take the results of an earlier --json.",
)
def main(
    cases: tuple[str, ...],
    list_cases: bool,
    rounds: int,
    seconds: float,
    quick: bool,
    peers: tuple[str, ...],
    document: Path | None,
    peers_folder: Path,
    install_peers: bool,
    kind: Generator | None,
    json_file: Path | None,
    docs: Path | None,
    source: Path | None,
) -> None:
    """Measure the mock server side by side with its floor and its peers: all CASES, or those that are named."""
    if list_cases:
        click.echo(_listed())
        return
    if install_peers:
        sys.exit(install(peers_folder))
    if source is not None:
        made = results.read(source)
    else:
        notices: list[str] = []

        def say(text: str) -> None:
            notices.append(text)
            click.echo(text, err=True)

        with tempfile.TemporaryDirectory() as folder:
            run = Run(
                rounds=1 if quick else rounds,
                seconds=1.0 if quick else seconds,
                quick=quick,
                generator=kind or generator(),
                cores=cores.choose(),
                folder=Path(folder),
                peers=peers,
                peers_folder=peers_folder,
                document=document,
                say=say,
            )
            measurements = _measured(run, cases or tuple(CASES))
        made = _results(run, notices, measurements)
    if json_file is not None:
        results.save(made, json_file)
    click.echo(_shown(made))
    if docs is not None:
        _write(made, docs)
    if not made.measurements:
        sys.exit(1)


def _listed() -> str:
    rows = [("case", "measures"), *((case.name, case.about) for case in CASES.values())]
    others = [("peer", "is"), *((name, peer.about) for name, peer in PEERS.items())]
    return f"{columns(rows)}\n\n{columns(others)}"


def _measured(run: Run, cases: Sequence[str]) -> list[Measurement]:
    """Run cases; one that fails says so, and the others go on."""
    measurements: list[Measurement] = []
    for number, name in enumerate(cases, 1):
        click.echo(f"{number}/{len(cases)} {name}: {CASES[name].about}", err=True)
        try:
            measurements.extend(CASES[name].measure(run))
        except FailedError as error:
            run.say(f"{name} failed: {error}")
    return measurements


def _results(run: Run, notices: Sequence[str], measurements: Sequence[Measurement]) -> Results:
    pinned = run.cores
    return Results(
        date=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        command=results.command(sys.argv[1:]),
        rounds=run.rounds,
        seconds=run.seconds,
        quick=run.quick,
        load_generator=generator_name(run.generator),
        pinning=f"not pinned: {pinned.why}"
        if pinned.server is None
        else f"servers pinned to core {pinned.server}, the load generator to core {pinned.client}",
        machine=machine.machine(),
        versions=machine.versions(run.peers_folder),
        notices=tuple(notices),
        measurements=tuple(measurements),
    )


def _shown(made: Results) -> str:
    """Return results as text: every figure, then the targets."""
    about = f"{made.date}; {made.machine['cpu']}, {made.machine['cores']} cores; load by {made.load_generator}"
    parts = [as_text(made.measurements), f"{about}; {made.pinning}; rounds: {made.rounds}"]
    rows = [
        (target.what, target.measured(taken), target.wanted(taken), "met" if target.met(taken) else "NOT MET")
        for target, taken in judged(made.measurements)
    ]
    if rows:
        parts.insert(1, columns([("target", "measured", "wanted", ""), *rows], right=(1,)))
    return "\n\n".join(["", *parts])


def _write(made: Results, docs: Path) -> None:
    try:
        for path in report.write(made, docs):
            click.echo(f"wrote {path}")
    except report.PageError as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
