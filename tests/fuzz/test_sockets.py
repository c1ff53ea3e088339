"""Fuzzing of sockets: a corpus of well-formed, malformed and incomplete requests, and mutations of it.

One server gets them all. It answers each in HTTP, never with a 500, or closes the connection; nothing hangs, and
afterwards other clients are served.
"""

import json
import random
import socket
from collections.abc import Iterator
from http.client import HTTPException, HTTPResponse
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import IO, cast

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hardening.direct import ENVELOPE
from tests.live.process import DEADLINE, Server, killed_after_deadline, stream

CORPUS = {file.name: file.read_bytes() for file in sorted((Path(__file__).parent / "corpus" / "socket").iterdir())}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Run one server, which must still work at the end and must not have logged a traceback."""
    server = Server("--seed", "two_agents")
    said: list[bytes] = []
    taking = Thread(target=lambda: said.extend(stream(server.process.stderr)))
    taking.start()
    try:
        yield server
        _assert_healthy(server)
    finally:
        server.process.terminate()
        with killed_after_deadline(server.process):
            server.process.wait()
        taking.join()
        for pipe in (server.process.stdout, server.process.stderr):
            stream(pipe).close()
    assert not [line for line in said if b"Traceback" in line]


def _assert_healthy(server: Server) -> None:
    with httpx.Client(base_url=server.url, timeout=DEADLINE, trust_env=False) as client:
        assert client.get("/_mock/health").json()["status"] == "ok"
        entries = client.get("/_mock/worlds/default/requests", params={"status": 500}).json()["requests"]
        assert entries == []


def _answers(server: Server, sent: bytes, *, ends: bool) -> bytes:
    """Return what a server answers to some bytes until it closes; with `ends`, the client closes its side first."""
    said = b""
    with server.connect() as connection:
        try:
            connection.sendall(sent)
            if ends:
                connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65_536):
                said += part
        except ConnectionError:  # the server closed the connection over unread bytes
            pass
        except TimeoutError:
            raise AssertionError(f"not closed: {sent[:300]!r}, answered {said[:300]!r}") from None
    return said


CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class _Bytes:
    """The part of a socket that HTTPResponse needs."""

    def __init__(self, said: bytes) -> None:
        self.file = BytesIO(said)

    def makefile(self, _mode: str) -> IO[bytes]:
        return self.file


def _assert_http(said: bytes, *, head: bool) -> list[int]:
    """Assert that the bytes are responses of this server, and return their statuses.

    For a HEAD request only the head of the first response is checked, because it has no body despite its length.
    """
    statuses = []
    while said := said.removeprefix(CONTINUE):
        bytes_ = _Bytes(said)
        response = HTTPResponse(cast("socket.socket", bytes_))
        try:
            response.begin()
            length = int(response.headers["content-length"])
        except (HTTPException, ValueError, TypeError) as error:
            raise AssertionError(f"not HTTP: {said[:300]!r}") from error
        statuses.append(response.status)
        assert response.status < 500 or response.status == 501, said
        if head:
            break
        body = bytes_.file.read(length)
        rest = bytes_.file.read()
        assert len(body) == length
        if response.status >= 400 and "json" in response.headers["content-type"]:
            assert set(json.loads(body)) == ENVELOPE
        elif response.status >= 400:
            assert (response.status, rest) == (400, b""), said
        said = rest
    return statuses


@pytest.mark.parametrize("name", CORPUS)
def test_an_input_of_the_corpus_is_answered_or_its_connection_closed(server: Server, name: str) -> None:
    said = _answers(server, CORPUS[name], ends=name.startswith("incomplete"))
    statuses = _assert_http(said, head=CORPUS[name].startswith(b"HEAD"))
    if name.startswith("plain"):
        assert 408 not in statuses, "the request was complete"
        assert len(statuses) == (1 if "http-1.0" in name else CORPUS[name].count(b" HTTP/1."))
    _assert_healthy(server)


def test_the_corpus_has_inputs_of_every_kind() -> None:
    kinds = [name.partition("-")[0] for name in CORPUS]
    assert {kind: kinds.count(kind) >= 10 for kind in kinds} == dict.fromkeys(
        ("incomplete", "malformed", "plain"), True
    )


PIECES = [b"\r\n", b"\n", b"\r", b"\0", b" ", b":", b"\xff", b"0\r\n\r\n", b"Host: x\r\n", b"Content-Length: 9\r\n"]
PIECES += [
    b"Transfer-Encoding: chunked\r\n",
    b"\r\n\r\n",
    b"GET / HTTP/1.1\r\n",
    b"%",
    b"99999999999999999999",
    b"{",
    b'"',
]


def _mutated(data: bytes, chance: random.Random) -> bytes:
    """Return bytes with a few pieces removed, doubled, inserted or replaced, or with bits flipped."""
    for _ in range(chance.randint(1, 5)):
        start, end = sorted(chance.randint(0, len(data)) for _ in range(2))
        end = min(end, start + chance.choice([1, 2, 8, 1_000]))
        match chance.randrange(5):
            case 0:
                data = data[:start] + data[end:]
            case 1:
                data = data[:end] + data[start:]
            case 2:
                data = data[:start] + chance.choice(PIECES) + data[start:]
            case 3:
                other = chance.choice(list(CORPUS.values()))
                cut = chance.randint(0, len(other))
                data = data[:start] + other[cut:]
            case 4 if data:
                at = min(start, len(data) - 1)
                data = data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]
    return data


mutations = st.builds(_mutated, st.sampled_from(list(CORPUS.values())), st.randoms(use_true_random=False))


def _assert_answered_or_closed(server: Server, sent: bytes) -> None:
    said = _answers(server, sent, ends=True)
    _assert_http(said, head=b"HEAD" in sent)


@settings(deadline=None, max_examples=300)
@given(mutations)
def test_mutations_of_the_corpus_are_answered_or_closed(server: Server, sent: bytes) -> None:
    _assert_answered_or_closed(server, sent)


@pytest.mark.long
@settings(deadline=None, max_examples=20_000)
@given(mutations)
def test_very_many_mutations_of_the_corpus_are_answered_or_closed(server: Server, sent: bytes) -> None:
    _assert_answered_or_closed(server, sent)
