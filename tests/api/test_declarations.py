"""What an operation can declare, shown on made-up operations in a world of the two-agents seed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Literal

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from mockserver import seeds
from mockserver.api.operation import NodeBody, Operation
from mockserver.api.pipeline import Api
from mockserver.api.scopes import AccountRequest, AgentRequest
from mockserver.errors import ApiError, Err, sentences
from mockserver.http.exchange import Content, Exchange
from mockserver.http.forms import Form
from mockserver.http.json import Bounds, NotRequired, TypedDict
from mockserver.state.accounts import Account
from mockserver.world.worlds import Worlds
from tests.client import AGENT, InProcess, assert_refused

THINGS = "/v1/agents/{agentId}/things"
PATH = f"/v1/agents/{AGENT}/things"
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt \xff\xfe"


class Size(TypedDict):
    width: int


class Thing(TypedDict):
    name: str
    size: NotRequired[Size]


class Page(TypedDict):
    limit: NotRequired[Annotated[int, Bounds(ge=1, le=200)]]
    sort: NotRequired[Literal["name", "age"]]
    deep: NotRequired[bool]


class Served:
    """One made-up operation behind the API, with a client and the journal's last entry."""

    def __init__(self, operation: Operation, **policies: str) -> None:
        state = seeds.load("two_agents") if not policies else seeds.load_data(_with_policies(policies))
        self.worlds = Worlds(state)
        api = Api([operation], [], self.worlds, max_body_bytes=100)

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await api.answer(Exchange(scope, receive, send))

        self.client = httpx.Client(transport=InProcess(app), base_url="http://mock", headers={"x-api-key": "demo-key"})

    @property
    def journal(self) -> list[object]:
        return list(self.worlds.default.journal)


def _with_policies(policies: dict[str, str]) -> dict[str, object]:
    return {**seeds.export(seeds.load("two_agents")), "policies": policies}


@contextmanager
def serving(
    handler: Callable[..., object], method: str = "POST", path: str = THINGS, **declared: object
) -> Iterator[Served]:
    policies = {"extraKeys": str(declared.pop("extra_keys"))} if "extra_keys" in declared else {}
    served = Served(Operation("doThing", method, path, handler, **declared), **policies)  # type: ignore[arg-type]  # as given
    with served.client:
        yield served


def test_a_handler_that_returns_nothing_answers_204_without_body_and_media_type() -> None:
    def remove(request: AgentRequest) -> None: ...

    with serving(remove, "DELETE") as served:
        answer = served.client.delete(PATH)
    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-type" not in answer.headers
    assert "content-length" not in answer.headers
    assert answer.headers["x-polyai-correlation-id"]


def test_a_list_is_a_bare_array() -> None:
    def names(request: AgentRequest) -> list[str]:
        return ["a", "b"]

    with serving(names, "GET") as served:
        assert served.client.get(PATH).text == '["a","b"]\n'


def test_content_is_answered_as_bytes_with_its_media_type() -> None:
    def sound(request: AgentRequest) -> Content:
        return Content(WAV, "audio/wav")

    with serving(sound, "GET") as served:
        answer = served.client.get(PATH)
        assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, WAV, "audio/wav")
        (entry,) = served.worlds.default.journal
    assert entry.response_media_type == "audio/wav"


def test_a_body_of_bytes_reaches_the_handler_as_it_was_sent() -> None:
    seen: list[bytes] = []

    def replace(request: AgentRequest, body: bytes) -> None:
        seen.append(body)

    with serving(replace, "PATCH", accepts="audio/wav") as served:
        assert served.client.patch(PATH, content=WAV, headers={"content-type": "audio/wav"}).status_code == 204
        assert served.client.patch(PATH).status_code == 204
    assert seen == [WAV, b""]


def test_a_form_reaches_the_handler_in_parts_whatever_their_order() -> None:
    seen: list[Form] = []

    def replace(request: AgentRequest, body: Form) -> None:
        seen.append(body)

    with serving(replace, "PUT", accepts="multipart/form-data", max_body=10_000) as served:
        settings = ("settings", (None, b'{"text": "hi"}', None))
        file = ("file", ("a.wav", WAV, "audio/wav"))
        assert served.client.put(PATH, files=[settings, file]).status_code == 204
        assert served.client.put(PATH, files=[file, settings]).status_code == 204
    for form in seen:
        assert form["settings"].content == b'{"text": "hi"}'
        assert form["file"] == (WAV, "a.wav", "audio/wav")


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"--x\r\nnonsense", "multipart/form-data; boundary=y"),
        (b"--x", "multipart/form-data"),
        (b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx', "multipart/form-data; boundary=b"),
        (b"--b--", "multipart/form-dataX; boundary=b"),
        (b"----", "multipart/form-data; boundary="),
        (b"{}", "application/json"),
        (b"", "multipart/form-data; boundary=x"),
    ],
)
def test_what_is_not_a_form_is_refused(content: bytes, media_type: str) -> None:
    def replace(request: AgentRequest, body: Form) -> None:
        raise AssertionError("the handler is not called")

    with serving(replace, "PUT", accepts="multipart/form-data") as served:
        answer = served.client.put(PATH, content=content, headers={"content-type": media_type})
    assert_refused(answer, 400, "SCHEMA_VALIDATION_FAILED")


def test_the_parts_of_a_form_are_the_bytes_that_were_sent() -> None:
    seen: list[Form] = []

    def replace(request: AgentRequest, body: Form) -> None:
        seen.append(body)

    with serving(replace, "PUT", accepts="multipart/form-data", max_body=10_000) as served:
        settings = ("settings", (None, b"\xff\xfe", None))
        file = ("file", ("gr\u00fc\u00dfe.wav", b"\xff", "audio/wav"))
        assert served.client.put(PATH, files=[settings, file]).status_code == 204
    assert seen[0]["settings"].content == b"\xff\xfe"
    assert seen[0]["file"].content == b"\xff"


def test_a_query_is_validated_and_typed() -> None:
    seen: list[Page] = []

    def page(request: AgentRequest, query: Page) -> None:
        seen.append(query)

    with serving(page, "GET") as served:
        assert served.client.get(PATH, params={"limit": "7", "sort": "age", "deep": "true"}).status_code == 204
        assert served.client.get(PATH).status_code == 204
    assert seen == [{"limit": 7, "sort": "age", "deep": True}, {}]


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "limit=", "sort=colour", "deep=perhaps"])
def test_an_invalid_query_is_refused_with_the_operations_own_code(query: str) -> None:
    def page(request: AgentRequest, query: Page) -> None:
        raise AssertionError("the handler is not called")

    with serving(page, "GET", invalid_query=Err.CONNECTORS_VALIDATION_FAILED) as served:
        assert_refused(served.client.get(f"{PATH}?{query}"), 400, "CONNECTORS_VALIDATION_FAILED")


def create(request: AgentRequest, body: Thing) -> Thing:
    return body


def create_closed(request: AgentRequest, body: NodeBody[Thing]) -> Thing:
    return body


def test_unknown_keys_are_left_out_and_recorded() -> None:
    with serving(create) as served:
        assert served.client.post(PATH, json={"name": "a", "nmae": 1}).json() == {"name": "a"}
        (entry,) = served.worlds.default.journal
    assert [unknown.where for unknown in entry.unknown_fields] == ["nmae"]


@pytest.mark.parametrize("body", [{"name": "a", "nmae": 1}, {"name": "a", "size": {"width": 1, "height": 2}}])
def test_unknown_keys_of_a_closed_body_are_refused(body: object) -> None:
    with serving(create_closed) as served:
        assert_refused(served.client.post(PATH, json=body), 400, "SCHEMA_VALIDATION_FAILED")
        (entry,) = served.worlds.default.journal
    (why,) = entry.why
    assert str(why).endswith("is not a field of this body")


def test_the_policy_on_extra_keys_overrides_what_the_route_does() -> None:
    body = {"name": "a", "nmae": 1}
    with serving(create_closed, extra_keys="ignore") as served:
        assert served.client.post(PATH, json=body).status_code == 200
    with serving(create, extra_keys="refuse") as served:
        assert_refused(served.client.post(PATH, json=body), 400, "SCHEMA_VALIDATION_FAILED")


def test_an_unknown_query_parameter_is_recorded_and_never_refused() -> None:
    with serving(create_closed) as served:
        assert served.client.post(f"{PATH}?dry=1", json={"name": "a"}).status_code == 200
        (entry,) = served.worlds.default.journal
    assert [unknown.where for unknown in entry.unknown_fields] == ["?dry"]


def test_a_missing_body_is_refused_or_counts_as_an_empty_object_or_is_none() -> None:
    def optional(request: AgentRequest, body: NodeBody[Size] | None) -> list[object]:
        return [body]

    class Nothing(TypedDict):
        note: NotRequired[str]

    def empty(request: AgentRequest, body: NodeBody[Nothing]) -> list[object]:
        return [body]

    with serving(create) as served:
        assert_refused(served.client.post(PATH), 400, "SCHEMA_VALIDATION_FAILED")
    with serving(empty) as served:
        assert served.client.post(PATH).json() == [{}]
    with serving(create_closed) as served:  # `{}` lacks the name
        assert_refused(served.client.post(PATH), 400, "SCHEMA_VALIDATION_FAILED")
    with serving(optional) as served:
        assert served.client.post(PATH).json() == [None]


def test_an_error_can_have_a_body_of_its_own() -> None:
    conflict = {"hasConflicts": True, "conflicts": [{"path": ["a"]}]}

    def merge(request: AgentRequest) -> None:
        raise ApiError(Err.SCHEMA_VALIDATION_FAILED, body=conflict)

    with serving(merge) as served:
        answer = served.client.post(PATH)
    assert (answer.status_code, answer.json()) == (400, conflict)


def test_a_body_limit_of_an_operation_replaces_that_of_the_server() -> None:
    def replace(request: AgentRequest, body: bytes) -> None: ...

    with serving(replace, "PUT") as served:
        assert_refused(served.client.put(PATH, content=b"x" * 101), 413, "PAYLOAD_TOO_LARGE")
    with serving(replace, "PUT", max_body=101) as served:
        assert served.client.put(PATH, content=b"x" * 101).status_code == 204
        assert_refused(served.client.put(PATH, content=b"x" * 102), 413, "PAYLOAD_TOO_LARGE")


def test_a_handler_sees_the_headers_of_the_request() -> None:
    def name(request: AgentRequest) -> list[str]:
        return [request.headers.get(b"x-filename", b"none").decode()]

    with serving(name) as served:
        assert served.client.post(PATH, headers={"X-Filename": "hello.wav"}).json() == ["hello.wav"]
        assert served.client.post(PATH).json() == ["none"]


def test_an_account_scope_resolves_ids_and_slugs_and_refuses_other_accounts() -> None:
    def account(request: AccountRequest) -> list[str]:
        return [request.account.account_id]

    with serving(account, "GET", "/v1/accounts/{accountId}/things") as served:
        own = next(iter(served.worlds.seed[Account])).account_id
        assert served.client.get(f"/v1/accounts/{own}/things").json() == [own]
        assert_refused(served.client.get("/v1/accounts/nobody/things"), 404, "ACCOUNT_NOT_FOUND")


def test_a_batch_says_what_its_items_are_so_that_one_of_them_can_fail() -> None:
    def delete(request: AgentRequest, body: Ids) -> list[str]:
        return [f"{it}: {request.failing.get(it, 'gone')}" for it in body["connectorIds"]]

    with serving(delete, items="connectorId") as served:
        from mockserver.world.faults import Fault

        fault = Fault(fault_id="fault-1", spec={"item": "stuck", "itemId": "b"})
        served.worlds.default.faults["fault-1"] = fault
        answer = served.client.post(PATH, json={"connectorIds": ["a", "b"]})
        assert answer.json() == ["a: gone", "b: stuck"]
        served.client.post(PATH, json={"connectorIds": ["c"]})
    assert (fault.matched, fault.fired) == (1, 1)


def test_a_reason_may_be_worked_out_when_the_journal_is_read() -> None:
    asked: list[str] = []

    def search() -> str:
        asked.append("now")
        return "did you mean b?"

    def find(request: AgentRequest) -> None:
        raise ApiError(Err.CONNECTORS_NOT_FOUND, why=search)

    with serving(find, "GET") as served:
        assert_refused(served.client.get(PATH), 404, "CONNECTORS_NOT_FOUND")
        (entry,) = served.worlds.default.journal
    assert asked == []
    assert sentences(entry.why) == ["did you mean b?"]


class Ids(TypedDict):
    connectorIds: list[str]  # noqa: N815  # as on the wire
