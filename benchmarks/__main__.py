"""`python -m benchmarks [CASE…]`: arguments to a run."""

import tempfile
from pathlib import Path

import click

from benchmarks import cores
from benchmarks.cases import CASES
from benchmarks.load import generator, generator_name
from benchmarks.measurements import Measurement
from benchmarks.peers import PEERS
from benchmarks.run import Run
from benchmarks.tables import as_text


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.argument("cases", nargs=-1, metavar="[CASE]...", type=click.Choice(list(CASES)))
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True)
@click.option("--seconds", type=click.FloatRange(0.1), default=3.0, show_default=True)
@click.option("--quick", is_flag=True)
@click.option("--peers", default="all")
@click.option("--load", type=click.Choice(["wrk", "python"]), default=generator)
@click.option("--document", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def main(cases, rounds, seconds, quick, peers, load, document):  # type: ignore
    pinned = cores.choose()
    click.echo(f"load by {generator_name(load)}; cores {pinned}")
    names = tuple(PEERS) if peers == "all" else tuple(name for name in peers.split(",") if name != "none")
    with tempfile.TemporaryDirectory() as folder:
        run = Run(rounds=1 if quick else rounds, seconds=1 if quick else seconds, quick=quick, generator=load, cores=pinned,
            folder=Path(folder), peers=names, peers_folder=Path("/tmp/npmpeers"), document=document, say=click.echo)
        measured: list[Measurement] = []
        for name in cases or CASES:
            click.echo(f"{name}…", err=True)
            measured += CASES[name].measure(run)
    click.echo(as_text(measured))


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
