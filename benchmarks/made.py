"""Seeds of any size, made to measure: one account, one agent, connectors with numbers, all in the live environment."""

from pathlib import Path

ACCOUNT = "ws-measured"
AGENT = "PROJECT-MEASURED"
KEY = "demo-key"
VOICE = "en-GB-Wavenet-A"


def connector_id(serial: int) -> str:
    """Return the id of a connector, counted from 0."""
    return f"conn_{serial:06d}"


def number(serial: int) -> str:
    """Return a phone number, counted from 0."""
    return f"+4420{serial:08d}"


def seed_text(connectors: int, numbers: int) -> str:
    """Return a seed in YAML, with the numbers spread evenly over the connectors."""
    lines = [
        "accounts:",
        f"  - accountId: {ACCOUNT}",
        "    apiKeys:",
        f"      - key: {KEY}",
        "    agents:",
        f"      - agentId: {AGENT}",
        "        connectors:",
    ]
    for serial in range(connectors):
        lines += [
            f"          - connectorId: {connector_id(serial)}",
            f"            name: Line {serial}",
            "            clientEnv: live",
            f"            voiceName: {VOICE}",
            "            phoneNumbers:",
        ]
        first, last = serial * numbers // connectors, (serial + 1) * numbers // connectors
        lines += [f'              - "{number(each)}"' for each in range(first, last)]
        if first == last:
            lines[-1] += " []"
    return "\n".join([*lines, ""])


def seed_file(folder: Path, connectors: int, numbers: int) -> Path:
    """Write a seed, once, and return its path."""
    path = folder / f"seed-{connectors}-{numbers}.yaml"
    if not path.exists():
        path.write_text(seed_text(connectors, numbers), encoding="utf-8")
    return path
