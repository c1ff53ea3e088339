"""What a fresh server says never fills the pipe of a program that waits for its ready line only."""

from mockserver import seeds
from mockserver.command.welcome import welcome
from mockserver.settings import Settings

LONG = "é" * 10_000
SMALL_PIPE = 16 * 1024  # the smallest that an operating system of today has


def test_long_names_and_many_records_are_shortened() -> None:
    accounts = [
        {
            "accountId": f"ws-{number}",
            "slug": f"slug-{number}",
            "apiKeys": [{"key": f"key-{number}-{other}", "agents": [f"agent-{number}-0"]} for other in range(9)],
            "agents": [{"agentId": f"agent-{number}-{other}", "name": LONG} for other in range(9)],
        }
        for number in range(9)
    ]
    text = welcome(seeds.load_data({"accounts": accounts}), "http://127.0.0.1:8750", Settings(), None)
    assert len(text.encode()) < SMALL_PIPE
    assert "ws-0 (slug-0)" in text
    assert "  and 4 more agents" in text
    assert "and 4 more accounts" in text


def test_names_cannot_move_the_cursor() -> None:
    accounts = [{"accountId": "ws-1", "agents": [{"agentId": "agent-1", "name": "\x1b[2Jgone\x07"}]}]
    text = welcome(seeds.load_data({"accounts": accounts}), "http://127.0.0.1:8750", Settings(), None)
    assert "\\x1b[2Jgone\\x07" in text
    assert all(character.isprintable() or character == "\n" for character in text)
