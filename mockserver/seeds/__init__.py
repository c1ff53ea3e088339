"""Seed files: YAML text to a checked State, and back; shipped ones by name."""

from functools import cache
from pathlib import Path

from mockserver.seeds.build import Checked, build
from mockserver.seeds.export import export, export_yaml
from mockserver.seeds.mistakes import Mistake, SeedError
from mockserver.seeds.yaml_text import MAX_BYTES, locate, parse
from mockserver.state.state import State

__all__ = ["SeedError", "export", "export_yaml", "load", "load_data", "load_file", "load_text", "shipped"]


@cache
def shipped() -> dict[str, Path]:
    """Return the seeds that come with the package, by name."""
    package = Path(__file__).parent.parent
    folders = (package / "fixtures", package.parent / "fixtures")  # an installed wheel, a checkout
    folder = next(folder for folder in folders if folder.is_dir())
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def load(name_or_path: str) -> State:
    """Return the state of a shipped seed or of a file; raises SeedError."""
    path = shipped().get(name_or_path)
    if path is None:
        return load_file(Path(name_or_path))
    # Shipped seeds are checked by this project's tests, so that a start need not pay for it.
    data = parse(path.read_text(encoding="utf-8"), name_or_path)
    return build(_as_mapping(data))


def load_file(path: Path) -> State:
    """Return the state of a seed file; raises SeedError with every mistake in it."""
    source = str(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SeedError(source, [Mistake((), f"larger than the {MAX_BYTES // 2**20} MiB that are allowed")])
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SeedError(source, [Mistake((), f"not UTF-8: byte {error.start} is not valid")]) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        names = ", ".join(shipped())
        what = f"cannot be read ({reason}); a seed is a file, or one of {names}"
        raise SeedError(source, [Mistake((), what)]) from None
    return load_text(text, source)


def load_text(text: str, source: str = "seed") -> State:
    """Return the state of YAML text; raises SeedError with lines and columns."""
    data = parse(text, source)
    try:
        return load_data(data, source)
    except SeedError as error:
        raise SeedError(source, locate(text, error.mistakes)) from None


def load_data(data: object, source: str = "seed") -> State:
    """Return the state of a seed's plain data; raises SeedError with paths."""
    from mockserver.seeds.check import mistakes_in  # imports pydantic, which a shipped seed does not need

    mistakes = mistakes_in(data)
    if mistakes:
        raise SeedError(source, mistakes)
    return build(_as_mapping(data))


def _as_mapping(data: object) -> Checked:
    assert isinstance(data, dict)
    return data
