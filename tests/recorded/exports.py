"""Recording of exports: a seed's data, and the YAML of the state that it makes; and of what merging seeds gives."""

from collections.abc import Iterator
from itertools import pairwise

from mockserver import seeds
from tests.recorded import files
from tests.recorded.worlds import drawn, elaborate

NAME = "exports"


def exported(data: object) -> str:
    """Return the YAML of the state of a seed's data."""
    return seeds.dump_yaml(seeds.export(seeds.load_data(data))).decode()


def _rows() -> Iterator[dict[str, object]]:
    for name, path in seeds.shipped().items():
        text = path.read_text(encoding="utf-8")
        yield {"text": text, "yaml": seeds.dump_yaml(seeds.export(seeds.load(name))).decode()}
    made = [*drawn(300), *elaborate(80)]
    for data in made:
        yield {"data": data, "yaml": exported(data)}
    for into, added in pairwise(made[-60:]):
        yield {"into": into, "added": added, "merged": seeds.merge(into, added)}


def record() -> None:
    """Record all of it."""
    files.write(NAME, _rows())
