"""What can be wrong with a request: each flaw has a name, and the statuses with which the API may answer to it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from hypothesis import strategies as st

from mockserver.testing.operations import Operation
from mockserver.testing.requests import ApiRequest
from mockserver.testing.strategies import REFUSED_VOICE, UNKNOWN_CONNECTOR, invalid_phone_numbers
from mockserver.testing.values import JsonObject

Flawed = st.SearchStrategy[ApiRequest]

UNKNOWN_NUMBER = "+999999999999999"

_LISTS = ("connectorIds", "updates", "phoneNumbers")
_NOT_JSON = ("{", "nul", "[1,", '{"a": NaN}', '{"a": 1, "a": 2}', "'text'")
_NO_OBJECT = ("null", "[]", "7", '"text"')
_NO_TEXT: tuple[object, ...] = (7, False, {}, ["text"])
_NO_LIST: tuple[object, ...] = (None, 7, "text", {}, [7], [None])


def flaws_of(operation: Operation, valid: ApiRequest, foreign: Sequence[str], imported: Sequence[str]) -> list[Flawed]:
    """Return a strategy for each thing that can be wrong with a valid request.

    `foreign` are agents out of the key's reach; `imported` are numbers that the world has already.
    """
    return [
        *_access_flaws(valid, foreign),
        *_path_flaws(valid, imported),
        *_query_flaws(operation, valid),
        *(_body_flaws(operation, valid) if operation.required is not None else ()),
        *_value_flaws(operation, valid, imported),
    ]


def _access_flaws(valid: ApiRequest, foreign: Sequence[str]) -> Iterator[Flawed]:
    yield st.just(replace(valid, key="missing", flaw="missing-key", statuses=(401,)))
    yield st.just(replace(valid, key="unknown", flaw="unknown-key", statuses=(401,)))
    yield st.just(_at(valid, "unknown-agent", 404, agentId="PROJECT-UNKNOWN"))
    if foreign:
        yield st.sampled_from(foreign).map(lambda agent_id: _at(valid, "foreign-agent", 403, agentId=agent_id))


def _path_flaws(valid: ApiRequest, imported: Sequence[str]) -> Iterator[Flawed]:
    if "connectorId" in valid.path:
        yield st.just(_at(valid, "unknown-connector", 404, connectorId=UNKNOWN_CONNECTOR))
    if "callSid" in valid.path:
        yield st.just(_at(valid, "malformed-call-sid", 400, callSid="OUT-42"))
    if "phoneNumber" in valid.path:
        imports = valid.operation == "importPhoneNumber"
        malformed = path_segments(invalid_phone_numbers())
        status = 400 if imports else 404
        yield malformed.map(lambda number: _at(valid, "malformed-number", status, phoneNumber=number))
        if not imports and UNKNOWN_NUMBER not in imported:
            yield st.just(_at(valid, "unknown-number", 404, phoneNumber=UNKNOWN_NUMBER))
        elif imports and imported:
            yield st.sampled_from(imported).map(lambda number: _at(valid, "imported-number", 409, phoneNumber=number))


def path_segments(texts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return those texts that can stand in a path: clients resolve dots, and nothing is no segment."""
    return texts.filter(lambda text: text not in ("", ".", ".."))


def _query_flaws(operation: Operation, valid: ApiRequest) -> Iterator[Flawed]:
    if operation.name == "getOutboundCallStatus":
        yield st.just(replace(valid, query={}, flaw="missing-environment", statuses=(400,)))
        yield st.just(replace(valid, query={"environment": "prod"}, flaw="unknown-environment", statuses=(400,)))


def _body_flaws(operation: Operation, valid: ApiRequest) -> Iterator[Flawed]:
    body = valid.body or {}
    bodiless = (201, 400) if operation.name == "importPhoneNumber" else (400,)
    yield st.just(replace(valid, body=None, flaw="missing-body", statuses=bodiless))
    yield st.sampled_from(_NOT_JSON).map(lambda raw: replace(valid, raw=raw, flaw="not-json", statuses=(400,)))
    yield st.sampled_from(_NO_OBJECT).map(lambda raw: replace(valid, raw=raw, flaw="not-an-object", statuses=(400,)))
    for name in operation.required or ():
        left = {key: value for key, value in body.items() if key != name}
        yield st.just(_with(valid, "missing-field", left, 400))
    for name in {**body, **dict.fromkeys(operation.required or ())}:
        wrong = _NO_LIST if name in _LISTS else _NO_TEXT
        if name != "metadata":
            yield st.sampled_from(wrong).map(partial(_of_wrong_type, valid, name))
        if name in _LISTS:
            yield st.just(_with(valid, "empty-list", {**body, name: []}, 400))


def _value_flaws(operation: Operation, valid: ApiRequest, imported: Sequence[str]) -> Iterator[Flawed]:
    """Yield flaws of single values in a body of the right shape."""

    def changed(flaw: str, *statuses: int, **fields: object) -> Flawed:
        return st.just(_with(valid, flaw, {**(valid.body or {}), **fields}, *statuses))

    malformed = invalid_phone_numbers()
    match operation.name:
        case "updateConnector":
            yield changed("refused-voice", 400, voiceName=REFUSED_VOICE)
            yield changed("null-project", 400, projectId=None)
            yield changed("unknown-project", 404, projectId="PROJECT-UNKNOWN")
        case "lookupConnector":
            yield malformed.map(lambda number: _with(valid, "malformed-number", {"phoneNumber": number}, 400))
            if UNKNOWN_NUMBER not in imported:
                yield changed("unknown-number", 404, 400, phoneNumber=UNKNOWN_NUMBER)
        case "importPhoneNumbers":
            yield malformed.map(lambda number: _with(valid, "malformed-number", _appended(valid, number), 400))
            yield changed("unknown-environment", 400, clientEnv="prod")
            if imported:
                yield st.sampled_from(imported).map(
                    lambda number: _with(valid, "imported-number", _appended(valid, number), 409, 201)
                )
        case "importPhoneNumber":
            yield changed("unknown-environment", 400, clientEnv="prod")
            yield changed("unknown-connector", 404, 201, connectorId=UNKNOWN_CONNECTOR)
        case "batchGetPhoneNumbers":
            yield malformed.map(lambda number: _with(valid, "malformed-number", _appended(valid, number), 400))
        case "deletePhoneNumbers":
            yield malformed.map(lambda number: _with(valid, "malformed-number", _appended(valid, number), 200, 400))
        case "reassignPhoneNumber":
            yield changed("unknown-connector", 404, connectorId=UNKNOWN_CONNECTOR)
        case "triggerOutboundCall":
            yield malformed.map(
                lambda number: _with(valid, "malformed-number", {**(valid.body or {}), "toNumber": number}, 400)
            )
            yield changed("unknown-environment", 400, environment="prod")
            yield changed("unknown-country", 400, countryCode="XX")
            yield changed("metadata-not-text", 400, metadata={"retries": 3})
            yield changed("too-much-metadata", 400, metadata={"note": "x" * 30_000})


def _at(valid: ApiRequest, flaw: str, status: int, **path: str) -> ApiRequest:
    return replace(valid, path={**valid.path, **path}, flaw=flaw, statuses=(status,))


def _with(valid: ApiRequest, flaw: str, body: JsonObject, *statuses: int) -> ApiRequest:
    return replace(valid, body=body, flaw=flaw, statuses=statuses)


def _of_wrong_type(valid: ApiRequest, name: str, value: object) -> ApiRequest:
    return _with(valid, "wrong-type", {**(valid.body or {}), name: value}, 400)


def _appended(valid: ApiRequest, number: str) -> Mapping[str, object]:
    body = valid.body or {}
    numbers = body.get("phoneNumbers")
    return {**body, "phoneNumbers": [*(numbers if isinstance(numbers, list) else []), number]}
