"""Recording of exports: a seed's data, and the YAML of the state that it makes."""

from collections.abc import Iterator

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
    for data in [*drawn(300), *elaborate(80)]:
        yield {"data": data, "yaml": exported(data)}


def record() -> None:
    """Record all of it."""
    files.write(NAME, _rows())
