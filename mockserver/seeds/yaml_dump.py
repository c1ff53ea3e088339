"""YAML writer: the data of a seed to text."""

from collections.abc import Mapping

import yaml

_ONE_LINE = 2**31 - 1


def dump_yaml(seed: Mapping[str, object]) -> bytes:
    """Return the data of a seed file as YAML that is safe to print: each text is on one line."""
    pieces = _Pieces()
    yaml.dump(seed, pieces, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_ONE_LINE)
    text = "".join(pieces)
    if not text.replace("\n", "").isprintable():  # the library leaves marks that turn the direction of text
        text = "".join(it if it.isprintable() or it == "\n" else f"\\U{ord(it):08X}" for it in text)
    return text.encode()


class _Pieces(list[str]):
    """A stream in Python: between its writes, unlike within libyaml, other threads get their turn."""

    def write(self, piece: str) -> None:
        self.append(piece)


_SafeDumper: type[yaml.CSafeDumper] | type[yaml.SafeDumper] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_SafeDumper):  # type: ignore[misc, valid-type]  # whichever there is
    """Writes each value where it stands: a seed in which a text occurs twice needs no anchor for it."""

    def ignore_aliases(self, _data: object) -> bool:
        return True

    def represent_str(self, data: str) -> yaml.ScalarNode:
        # Only between double quotes is every character escaped that a reader would take for the end of a line.
        style = None if data.isprintable() else '"'
        scalar: yaml.ScalarNode = self.represent_scalar("tag:yaml.org,2002:str", data, style=style)
        return scalar


_Dumper.add_representer(str, _Dumper.represent_str)
