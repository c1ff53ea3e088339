"""Seeds as a test gives them: a shipped seed's name, a path, or data."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conftest_plugin.paths import seed_file

Json = dict[str, Any]
Seed = str | Path | Mapping[str, object]


def seed_data(seed: Seed) -> object:
    """Return a seed as the control plane accepts it: a shipped seed's name, or data."""
    if isinstance(seed, str) and re.fullmatch(r"\w+", seed):
        return seed
    return mapping(seed)


def mapping(seed: Seed) -> object:
    """Return the data of a seed; raises SeedError for an invalid file."""
    if isinstance(seed, Mapping):
        return seed
    from mockserver import seeds

    return seeds.export(seeds.load(seed_file(str(seed))))
