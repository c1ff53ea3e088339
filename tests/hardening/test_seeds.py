"""Hostile seeds: refused in one clear sentence, within a second of the processor's time and 100 MB of memory.

Each is loaded by a process of its own, which the system ends at either bound, and which says what it was told.
"""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from mockserver import seeds
from mockserver.seeds.yaml_text import MAX_BYTES
from tests.client import server
from tests.hardening.direct import ask
from tests.live.process import DEADLINE, ROOT, killed_after_deadline

# Imports once, and forks for each path that it reads: the bounds are those of one seed. The timer counts the
# processor's time, and kills.
LOADER = """
import os, resource, signal, sys
from pathlib import Path
from random import Random
from mockserver import seeds
import mockserver.seeds.schema

def load(path):
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + 100_000_000,) * 2)
    signal.setitimer(signal.ITIMER_PROF, 1.0)
    try:
        seeds.load_file(Path(path))
    except seeds.SeedError as error:
        return str(error)
    return "loaded"

for path in map(str.strip, sys.stdin):
    if os.fork() == 0:
        print(repr(load(path)), flush=True)
        os._exit(0)
    _, status = os.wait()
    if status:
        print(repr(f"ended with {os.waitstatus_to_exitcode(status)}"), flush=True)
"""

Told = Callable[[Path], str]


@pytest.fixture(scope="module")
def told() -> Iterator[Told]:
    """Return what a loader within the bounds was told of a seed file."""
    command = [sys.executable, "-c", LOADER]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0) as loader:
        assert loader.stdin is not None
        assert loader.stdout is not None
        asked, answers = loader.stdin, loader.stdout

        def tell(path: Path) -> str:
            asked.write(f"{path}\n".encode())
            with killed_after_deadline(loader):
                line = answers.readline()
            return str(ast.literal_eval(line.decode()))

        yield tell
        asked.close()


pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs Linux's /proc to bound memory")

FULL = MAX_BYTES - 1_000


def _filled(piece: bytes, before: bytes = b"", after: bytes = b"") -> bytes:
    """Return as many pieces as a file may hold."""
    return before + piece * (FULL // len(piece)) + after


def _bomb(levels: int, width: int) -> bytes:
    lines = [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * width)}]" for level in range(1, levels)]
    return "\n".join(["a0: &a0 [x]", *lines, f"accounts: *a{levels - 1}"]).encode()


def _shuffled(seed: int) -> bytes:
    """Return a text that resembles all others of this function."""
    letters = list("abcdefghijklmnopqrstuvwxyz" * 3)
    Random(seed).shuffle(letters)
    return "".join(letters).encode()


NUMBERS = b"accounts: [{accountId: A, agents: [{agentId: P, phoneNumbers: ["
TAG = b"is not allowed: a seed has no tags"
MANY = b"more than 30 problems: what follows is not checked"
VALUES = b"more than the 300,000 values that are allowed"
TOO_DEEP_FOR_LIBYAML = b"not valid YAML: exceeded maximum nesting depth"  # since 0.2.6, where it has to read ahead

HOSTILE: dict[str, tuple[bytes, ...]] = {  # a file's content, and the messages of which one is expected
    "an alias bomb": (_bomb(30, 9), b"aliases stand for more than the 100,000 values"),
    "a deep alias bomb": (_bomb(2_000, 2), b"aliases stand for more than the 100,000 values"),
    "an alias bomb of mappings": (
        b"a0: &a0 {x: 1}\n" + b"".join(b"a%d: &a%d {x: *a%d, y: *a%d}\n" % (n, n, n - 1, n - 1) for n in range(1, 40)),
        b"aliases stand for more than the 100,000 values",
    ),
    "an alias of what it stands in": (b"accounts: &a [*a]\n", b"*a has no complete anchor &a before it"),
    "a python object": (b"accounts: !!python/object/apply:os.system ['touch x']\n", b"!!python/object/apply"),
    "a python name": (b"accounts: !!python/name:os.system\n", TAG),
    "a python module": (b"accounts: !!python/module:os\n", TAG),
    "a python tuple as a key": (b"? !!python/tuple [a, b]\n: x\n", b"a key must be text"),
    "a new python object": (b"!!python/object/new:subprocess.Popen [['true']]\n", TAG),
    "a tag in full": (b"accounts: !<tag:yaml.org,2002:python/object/apply:eval> ['1']\n", TAG),
    "a tag by a directive": (b"%TAG ! tag:yaml.org,2002:python/\n---\naccounts: !name:os.system\n", TAG),
    "a binary": (b"accounts: !!binary aGVsbG8=\n", TAG),
    "a set": (b"accounts: !!set {a, b}\n", TAG),
    "a local tag": (b"accounts: !include other.yaml\n", TAG),
    "a tag of 8 MB": (_filled(b"t", b"accounts: !"), TAG),
    "as many tags as fit": (_filled(b"- !!str a\n"), b"more than 30 problems: what follows is not read"),
    "an include as text": (b"accounts: <<include /etc/passwd>>\n", b"expected a list, not"),
    "a merge key": (b"x: &x {accountId: A}\naccounts: [{<<: *x}]\n", b"unknown key <<"),
    "merge keys on merge keys": (b"accounts:\n- <<: [{<<: {<<: {<<: {}}}}]\n", b"unknown key <<"),
    "brackets": (b"[" * FULL, b"nested deeper than the 32 levels", TOO_DEEP_FOR_LIBYAML),
    "braces": (b"{" * FULL, b"a key must be text", TOO_DEEP_FOR_LIBYAML),
    "dashes": (b"- " * (FULL // 2), b"nested deeper than the 32 levels"),
    "question marks": (b"? " * (FULL // 2), b"a key must be text"),
    "deep indentation": (b"".join(b" " * n + b"- \n" for n in range(3_000)), b"nested deeper than the 32 levels"),
    "a list without end": (_filled(b"x,", b"accounts: ["), VALUES),
    "numbers without end": (_filled(b"1,", NUMBERS, b"]}]}]"), VALUES),
    "250,000 numbers instead of accounts": (
        b"accounts: [" + b"x," * 250_000 + b"]",
        MANY,
    ),
    "100,000 malformed numbers": (NUMBERS + b"1," * 100_000 + b"]}]}]", MANY),
    "100,000 unknown keys": (b"".join(b"k%d: 1\n" % n for n in range(100_000)), MANY),
    "100,000 malformed names": (
        b"accounts: [{accountId: A, agents: [{agentId: P, variants: [" + b"'', " * 100_000 + b"]}]}]",
        b"variants",
    ),
    "100,000 names that resemble 250 others": (
        b"accounts: [{accountId: A, agents: ["
        + b"".join(b"{agentId: %s}," % _shuffled(n) for n in range(250))
        + b"], apiKeys: [{key: k, agents: ["
        + b"".join(b"%s," % _shuffled(n) for n in range(1_000, 101_000))
        + b"]}]}]",
        MANY,
    ),
    "keys given twice": (_filled(b"a: b\n"), b"more than 30 problems: what follows is not read"),
    "documents": (_filled(b"---\n"), b"a second document starts here"),
    "a key of 8 MB": (_filled(b"k", after=b": 1\n"), b"not valid YAML"),
    "an anchor of 8 MB": (_filled(b"k", b"accounts: &", b" []\nx: y"), b"unknown key x"),
    "an alias of 8 MB": (_filled(b"k", b"accounts: *"), b"has no complete anchor"),
    "a text of 8 MB": (_filled(b"x", b"accounts: "), b"expected a list, not"),
    "a quoted text of escapes": (_filled(b"\\x41", b'accounts: "', b'"'), b"expected a list, not"),
    "an integer of 8 MB": (_filled(b"9", b"accounts: []\nminted: {connectors: ", b"}"), b"is not a valid count"),
    "an exponent": (b"accounts: []\nclock: {aheadSeconds: 1e999999999}\n", b"is not a valid number of seconds"),
    "an integer of 5,000 digits": (b"accounts: []\nclock: {aheadSeconds: " + b"9" * 5_000 + b"}\n", b"aheadSeconds"),
    "comments": (_filled(b"#"), b"expected a mapping"),
    "empty lines": (_filled(b"\n"), b"expected a mapping"),
    "a NUL at the end": (_filled(b"a", after=b"\0"), b"U+0000 is not allowed"),
    "bad UTF-8 at the end": (_filled(b"a", after=b"\xff"), b"not UTF-8: the byte 0xFF"),
    "UTF-16": ("accounts: []".encode("utf-16"), b"not UTF-8: the byte 0xFF"),
    "UTF-16 without a mark": ("accounts: []".encode("utf-16-le"), b"U+0000 is not allowed"),
    "UTF-32": ("accounts: []".encode("utf-32-be"), b"U+0000 is not allowed"),
    "a gzip": (b"\x1f\x8b\x08\x00" + b"\x00" * 100, b"not UTF-8"),
}


def _assert_said(told: str, path: Path, *expected: str) -> None:
    """Assert that one of the expected messages is there, in lines that are short and have no control characters."""
    assert any(message in told for message in expected), told[:500]
    for line in told.split("\n"):
        assert line.startswith(str(path))
        assert line.isprintable()
        assert len(line) < 2_500


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_seed_is_refused_within_a_second_and_100_mb(tmp_path: Path, told: Told, name: str) -> None:
    content, *expected = HOSTILE[name]
    path = tmp_path / "seed.yaml"
    path.write_bytes(content)
    _assert_said(told(path), path, *(message.decode() for message in expected))


def test_a_valid_seed_of_3_mb_is_checked_within_400_mb_of_address_space(tmp_path: Path) -> None:
    path = tmp_path / "seed.yaml"
    connector = "{{connectorId: c{0}, name: n, clientEnv: live, phoneNumbers: ['+4420{0:08d}']}}"
    connectors = ", ".join(connector.format(number) for number in range(37_000))
    path.write_text(f"accounts: [{{accountId: A, agents: [{{agentId: P, connectors: [{connectors}]}}]}}]")
    bounded = "import resource, runpy; resource.setrlimit(resource.RLIMIT_AS, (400_000_000,) * 2)"
    checking = f"{bounded}; runpy.run_module('mockserver', run_name='__main__')"
    command = [sys.executable, "-c", checking, "check", str(path)]
    assert subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=False).returncode == 0


def _loop(path: Path) -> None:
    path.symlink_to(path)


def _longer_loop(path: Path) -> None:
    other = path.with_suffix(".other")
    other.symlink_to(path)
    path.symlink_to(other)


def _link_to_endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _link_to_huge(path: Path) -> None:
    huge = path.with_suffix(".huge")
    with huge.open("wb") as file:
        file.truncate(2**40)
    path.symlink_to(huge)


def _link_to_nothing(path: Path) -> None:
    path.symlink_to(path.with_suffix(".missing"))


FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a link to itself": (_loop, "Too many levels of symbolic links"),
    "links in a circle": (_longer_loop, "Too many levels of symbolic links"),
    "a link to an endless file": (_link_to_endless, "larger than the 8 MiB that are allowed"),
    "a link to a huge file": (_link_to_huge, "larger than the 8 MiB that are allowed"),
    "a link to nothing": (_link_to_nothing, "No such file or directory"),
    "a pipe that nobody writes to": (os.mkfifo, "expected a mapping"),
    "a folder": (Path.mkdir, "Is a directory"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_path_that_leads_astray_is_refused_within_a_second_and_100_mb(tmp_path: Path, told: Told, name: str) -> None:
    make, expected = FILES[name]
    path = tmp_path / "seed.yaml"
    make(path)
    _assert_said(told(path), path, expected)


def test_a_seed_may_come_through_a_pipe(tmp_path: Path, told: Told) -> None:
    path = tmp_path / "seed.yaml"
    os.mkfifo(path)
    writer = [sys.executable, "-c", "import sys; open(sys.argv[1], 'w').write('accounts: []')"]
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with subprocess.Popen([*writer, str(path)]) as writing:
        assert writing.wait(DEADLINE) == 0
        assert told(path) == "loaded"
    os.close(descriptor)


def test_a_file_that_grows_while_it_is_read_is_read_no_further_than_the_limit(tmp_path: Path, told: Told) -> None:
    path = tmp_path / "seed.yaml"
    path.write_bytes(b"accounts: []\n")
    writer = [sys.executable, "-c", "import sys\nwith open(sys.argv[1], 'ab') as f:\n while True: f.write(b'#' * 9999)"]
    with subprocess.Popen([*writer, str(path)]) as growing:
        try:
            while path.stat().st_size <= 4 * MAX_BYTES:
                assert growing.poll() is None
            _assert_said(told(path), path, "larger than the 8 MiB that are allowed")
        finally:
            growing.kill()


UPLOADS = {
    "1,600,000 numbers instead of accounts": (
        {"accounts": [1] * 1_600_000},
        MANY,
    ),
    "250,000 numbers instead of accounts": ({"accounts": [1] * 250_000}, MANY),
    "100,000 unknown keys": ({f"k{number}": 1 for number in range(100_000)}, MANY),
    "30,000 times one number": (
        {"accounts": [{"accountId": "A", "agents": [{"agentId": "P", "phoneNumbers": ["+442079460100"] * 30_000}]}]},
        b"is already used",
    ),
    "a tag as text": ({"accounts": "!!python/object/apply:os.system [true]"}, b"expected a list, not"),
    "a merge key": ({"accounts": [{"<<": {"accountId": "A"}}]}, b"unknown key <<"),
    "a path": ({"accounts": "/etc/passwd"}, b"expected a list, not"),
    "control characters": ({"accounts": [{"accountId": "A", "slug": "\x1b[31m\n"}]}, b"x1b"),
    "a count of nothing": (
        {"minted": {"connectors": None}, "accounts": [{"accountId": "ws-fd112d8f", "slug": 1}]},
        b"",
    ),
}
WAYS = {
    "PUT": ("PUT", b"/_mock/worlds/default/state", None),
    "PATCH": ("PATCH", b"/_mock/worlds/default/state", None),
    "POST of a world": ("POST", b"/_mock/worlds", "seed"),
    "POST of a reset": ("POST", b"/_mock/worlds/default/reset", "seed"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", UPLOADS)
def test_a_hostile_seed_that_is_uploaded_is_refused_in_short_and_changes_nothing(name: str, way: str) -> None:
    app = server("two_agents")
    method, target, field = WAYS[way]
    seed, expected = UPLOADS[name]
    before = app.state.worlds.default.state
    answer = ask(app, method, target, json.dumps(seed if field is None else {field: seed}).encode())
    assert (answer.status, answer.refused) == (400, True), answer
    assert expected in answer.body
    assert len(answer.body) < 50_000
    assert app.state.worlds.default.state is before
    assert len(app.state.worlds) == 1


@pytest.mark.parametrize("nothing", [None, {}, {"connectors": None}, {"connectors": None, "outboundCalls": None}])
def test_a_count_of_nothing_in_a_seed_is_none(nothing: object) -> None:
    app = server("two_agents")
    body = json.dumps({"accounts": [{"accountId": "A"}], "minted": nothing}).encode()
    assert ask(app, "PUT", b"/_mock/worlds/default/state", body).status == 200


def test_hints_show_no_control_characters_of_a_seed() -> None:
    agents = [{"agentId": "PROJECT\x1b[2J\nX"}]
    account = {"accountId": "A", "agents": agents, "apiKeys": [{"key": "k", "agents": ["PROJECT-X"]}]}
    with pytest.raises(seeds.SeedError, match="did you mean PROJECT") as refused:
        seeds.load_data({"accounts": [account]})
    assert all(line.isprintable() for line in refused.value.lines())
