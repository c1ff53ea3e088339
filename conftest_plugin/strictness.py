"""Strict mode: what a test's client asked for that the API does not have, as the text of a failure."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mockserver.control import report
from mockserver.values.text import printable

if TYPE_CHECKING:
    from mockserver.control.journal import EntryResponse

_ALLOW = (
    "to allow them: @pytest.mark.polyai_mock(strict=False) on the test, "
    "polyai_mock_server.world(strict=False), or the ini option polyai_mock_strict = false"
)


def problems(entry: "EntryResponse") -> list[str]:
    """Return the lines about an unexpected request; none of them can be taken for another program's output."""
    lines = [f"{report.request(entry)}: {why}" for why in report.unexpected(entry)]
    traceback = [f"| {line}" for line in (entry["traceback"] or "").splitlines()]
    return [f"  {printable(line)}" for line in [*lines, *traceback]]


def complaint(world: str, lines: Sequence[str]) -> str:
    """Return the text of the failure of a test whose world has met problems."""
    return "\n".join([f"strict mode: unexpected requests in the world {world}:", *lines, _ALLOW])
