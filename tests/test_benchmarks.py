"""The benchmarks work: cases are listed, and figures become ratios, tables and JSON. Nothing here asserts a time."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from benchmarks.__main__ import main
from benchmarks.asyncio_load import python_load
from benchmarks.cases import CASES
from benchmarks.cores import Cores
from benchmarks.exchanges import AnswerReader, Request
from benchmarks.made import seed_text
from benchmarks.measurements import FailedError, Measurement, alternate
from benchmarks.peers import PEERS
from benchmarks.report import PageError, write
from benchmarks.results import Results, command, read, save
from benchmarks.servers import free_port, mockserver, running
from benchmarks.targets import TARGETS, judged
from mockserver import seeds
from tests.live.process import ROOT


@pytest.fixture(autouse=True)
def unpinned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the test process on all of its cores."""
    monkeypatch.setattr("benchmarks.cores.choose", lambda: Cores(None, None, "a test"))


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def _results(*measurements: Measurement) -> Results:
    return Results(
        date="2026-07-02 10:00 UTC",
        command="python -m benchmarks get",
        rounds=3,
        seconds=1.0,
        quick=False,
        load_generator="wrk",
        pinning="not pinned: a test",
        machine={"cpu": "a processor", "cores": "2", "system": "Linux x86_64"},
        versions={"python": "3.11.7"},
        notices=("get: without prism: it is not installed",),
        measurements=measurements,
    )


GET = Measurement("get", "throughput", "/s", "floor", {"mockserver": [5.0, 7.0, 8.0], "floor": [10.0, 10.0, 10.0]})


def test_the_list_names_every_case_and_every_peer() -> None:
    listed = _run("--list").output
    assert [name for name in (*CASES, *PEERS) if f"\n{name} " not in listed] == []


def test_a_quick_run_of_a_case_in_process_gives_a_table_and_every_raw_figure_as_json(tmp_path: Path) -> None:
    ended = _run("fork", "--quick", "--json", str(tmp_path / "results.json"))
    assert ended.exit_code == 0, ended.output
    assert "fork: in process" in ended.output
    data = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    (row,) = data["measurements"]
    assert list(row["rounds"]) == ["10 records", "1,000 records"]
    assert row["ratios"]["10 records"] == 1.0
    assert data["versions"]["python"]
    assert data["rounds"] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("no-such-case",), "'no-such-case' is not one of"),
        (("--peers", "starlette,nobody"), "nobody is not one of all, none, starlette"),
    ],
)
def test_what_is_not_there_is_named_in_the_refusal(arguments: tuple[str, ...], message: str) -> None:
    ended = _run(*arguments)
    assert ended.exit_code == 2
    assert message in ended.output


def test_subjects_take_turns_and_each_round_begins_with_another() -> None:
    turns: list[str] = []

    def taking(name: str, figure: float) -> dict[str, float]:
        turns.append(name)
        return {"speed": figure}

    takes = {"mockserver": lambda: taking("mockserver", 1.0), "floor": lambda: taking("floor", 2.0)}
    (taken,) = alternate("case", 3, takes, {"speed": "/s"})
    assert turns == ["mockserver", "floor", "floor", "mockserver", "mockserver", "floor"]
    assert taken.rounds == {"mockserver": [1.0] * 3, "floor": [2.0] * 3}


def test_a_peer_that_fails_is_left_out_and_the_others_go_on() -> None:
    def fails() -> dict[str, float]:
        raise FailedError("it is tired")

    said: list[str] = []
    takes = {"mockserver": lambda: {"speed": 1.0}, "floor": lambda: {"speed": 2.0}, "peer": fails}
    (taken,) = alternate("case", 2, takes, {"speed": "/s"}, say=said.append)
    assert taken.rounds == {"mockserver": [1.0] * 2, "floor": [2.0] * 2}
    assert said == ["case: without peer: it is tired"]


def test_a_ratio_is_the_median_of_the_rounds_ratios() -> None:
    rounds = {"mockserver": [1.0, 9.0, 4.0], "floor": [10.0, 10.0, 5.0]}
    assert Measurement("get", "throughput", "/s", "floor", rounds).ratio() == 0.8


def test_saved_results_are_read_as_they_were(tmp_path: Path) -> None:
    save(_results(GET), tmp_path / "results.json")
    assert read(tmp_path / "results.json") == _results(GET)


def test_the_command_of_a_run_tells_nothing_of_the_machines_folders(tmp_path: Path) -> None:
    for document in (tmp_path / "openapi.json", Path("../elsewhere/openapi.json"), Path("openapi.json")):
        arguments = ["get", "--document", str(document), "--json", "results.json"]
        assert command(arguments) == "python -m benchmarks get --document openapi.json --json results.json"


def test_a_target_is_met_or_not_by_what_was_measured() -> None:
    ((target, taken),) = judged([GET])
    assert (target.wanted(taken), target.measured(taken)) == ("at least 0.65 × floor, aim for 0.75 ×", "0.70 ×")
    assert target.met(taken)
    slow = Measurement("get", "throughput", "/s", "floor", {"mockserver": [6.0], "floor": [10.0]})
    ((target, taken),) = judged([slow])
    assert not target.met(taken)


def test_every_target_is_about_a_case() -> None:
    assert [target for target in TARGETS if target.case not in CASES] == []


def test_the_report_is_written_between_the_marks_of_the_page(tmp_path: Path) -> None:
    lookup = Measurement("lookup", "throughput", "/s", "floor", {"mockserver": [5.0], "floor": [10.0]})
    page = tmp_path / "performance.md"
    page.write_text("before\n<!-- figures -->\nold\n<!-- /figures -->\nafter\n", encoding="utf-8")
    write(_results(lookup), tmp_path)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n<!-- figures -->\n")
    assert text.endswith("<!-- /figures -->\nafter\n")
    assert "old" not in text
    assert "| lookup by number | 0.50 × | at least 0.55 × floor | **no** |" in text
    assert "| mockserver | 5.00/s (0.50 ×) |" in text


def test_a_page_without_marks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PageError, match="has no lines <!-- figures -->"):
        write(_results(GET), tmp_path)


def test_the_page_of_the_docs_has_the_marks() -> None:
    assert "<!-- figures -->\n" in (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")


def test_a_made_seed_has_the_size_that_was_asked_for() -> None:
    state = seeds.load_text(seed_text(connectors=3, numbers=10))
    assert (len(state.connectors), len(state.phone_numbers)) == (3, 10)


@pytest.mark.parametrize(
    ("pieces", "complete", "closes"),
    [
        ([b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n", b"\r\no", b"k"], [False, False, True], False),
        ([b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"], [True], True),
        (
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", b"0\r\n\r\n"],
            [False, True],
            False,
        ),
        ([b"HTTP/1.0 200 OK\r\n\r\nok"], [False], True),
    ],
)
def test_an_answer_is_complete_when_its_last_byte_is_there(
    pieces: list[bytes], complete: list[bool], closes: bool
) -> None:
    reader = AnswerReader()
    assert [reader.feed(piece) for piece in pieces] == complete
    assert reader.closes == closes


def test_the_python_load_generator_loads_a_server_and_counts_what_is_refused() -> None:
    port = free_port()
    health = Request("GET", "/_mock/health")
    with running("mockserver", mockserver(port, "empty"), port, Cores(None, None), health):
        throughput, p50, p99, bad = python_load(port, [health.raw(port)], connections=2, seconds=0.05)
        assert bad == 0
        assert throughput > 0
        assert 0 < p50 <= p99
        unknown = Request("GET", "/v1/nowhere")
        assert python_load(port, [unknown.raw(port)], connections=1, seconds=0.05)[3] > 0
