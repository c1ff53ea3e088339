"""Seeds for the tests to get wrong, and what the loader says of them."""

from textwrap import dedent

import pytest

from mockserver import seeds


def problems_in(text: str) -> list[str]:
    """Return the lines about the YAML text of a seed, each without the name of its source."""
    with pytest.raises(seeds.SeedError) as refused:
        seeds.load_text(dedent(text), "seed.yaml")
    return [line.removeprefix("seed.yaml:") for line in str(refused.value).splitlines()]


def problems_in_data(data: object) -> list[str]:
    """Return the lines about the plain data of a seed."""
    with pytest.raises(seeds.SeedError) as refused:
        seeds.load_data(data)
    return [line.removeprefix("seed: ") for line in str(refused.value).splitlines()]


def account(**parts: object) -> dict[str, object]:
    """Return a seed with one account."""
    return {"accounts": [{"accountId": "ws-1", **parts}]}


def agent(**parts: object) -> dict[str, object]:
    """Return a seed with one agent."""
    return account(agents=[{"agentId": "P-1", **parts}])


def connector(**parts: object) -> dict[str, object]:
    """Return a seed with one connector."""
    return agent(connectors=[{"connectorId": "conn_1", **parts}])
