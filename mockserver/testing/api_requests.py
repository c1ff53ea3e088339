"""Requests of any operation: what each one needs to be valid in a world, then one thing about it broken."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from mockserver.state.accounts import Agent
from mockserver.testing.flaws import flaws_of
from mockserver.testing.operations import OPERATIONS
from mockserver.testing.requests import ApiRequest
from mockserver.testing.seeds import Seed, read
from mockserver.testing.strategies import batch_updates, client_envs, connector_updates, phone_numbers
from mockserver.testing.values import JsonObject
from mockserver.testing.worlds import worlds
from mockserver.values.environments import CLIENT_ENVS, ClientEnv

Strategy = st.SearchStrategy[object]


@dataclass(frozen=True, slots=True)
class _Needs:
    """What there is for requests of one agent to name; `environments` can be called from."""

    connectors: tuple[str, ...]
    numbers: tuple[str, ...]
    routed: tuple[str, ...]
    environments: tuple[ClientEnv, ...]
    fresh: st.SearchStrategy[str]


def api_requests(
    world: JsonObject | None = None,
    *,
    operations: Collection[str] = tuple(OPERATIONS),
    broken: bool | None = None,
) -> st.SearchStrategy[ApiRequest]:
    """Return requests that fit a world: valid ones, and some with one named flaw.

    Without `world`, each request is about a world of its own. `operations` are those to choose from, as far as the
    world has what they need: a connector to get, a number to look up. `broken` False leaves flawed requests out, and
    True all others. ValueError is raised where nothing is left.
    """
    if world is None:
        return worlds(min_connectors=1, min_phone_numbers=1, max_accounts=1).flatmap(
            lambda drawn: api_requests(drawn, operations=operations, broken=broken)
        )
    seed = read(world)
    imported = {row.number for row in seed.numbers}
    fresh = phone_numbers().filter(lambda number: number not in imported).map(str)
    foreign = [agent.agent_id for agent in seed.agents.values() if not seed.reaches(agent)]
    found: list[st.SearchStrategy[ApiRequest]] = []
    for agent in filter(seed.reaches, seed.agents.values()):
        needs = _needs(seed, agent, fresh)
        found += [
            request
            for name in operations
            if (valid := _valid(name, agent.agent_id, needs)) is not None
            for request in _variants(valid, name, foreign, sorted(imported), broken)
        ]
    if not found:
        raise ValueError(f"the world has nothing that {', '.join(operations)} could be about")
    return _plain(st.one_of(found))


@st.composite
def _plain(draw: st.DrawFn, requests: st.SearchStrategy[ApiRequest]) -> ApiRequest:
    """Return a copy of a request, which Hypothesis prints as it is, and not as it was made."""
    return replace(draw(requests))


def _variants(
    valid: st.SearchStrategy[ApiRequest], name: str, foreign: list[str], imported: list[str], broken: bool | None
) -> list[st.SearchStrategy[ApiRequest]]:
    flawed = valid.flatmap(lambda request: st.one_of(flaws_of(OPERATIONS[name], request, foreign, imported)))
    return [*([] if broken else [valid]), *([] if broken is False else [flawed])]


def _needs(seed: Seed, agent: Agent, fresh: st.SearchStrategy[str]) -> _Needs:
    connectors = [row for row in seed.connectors if row.agent_id == agent.agent_id]
    numbers = [row for row in seed.numbers if row.agent_id == agent.agent_id]
    calling = {row.client_env for row in connectors if agent.outbound_calling.get(row.client_env) in (None, "enabled")}
    return _Needs(
        connectors=tuple(row.connector_id for row in connectors),
        numbers=tuple(row.number for row in numbers),
        routed=tuple(row.number for row in numbers if row.connector_id is not None),
        environments=tuple(env for env in CLIENT_ENVS if env in calling),
        fresh=fresh,
    )


def _valid(name: str, agent_id: str, has: _Needs) -> st.SearchStrategy[ApiRequest] | None:
    """Return valid requests of an operation, or None where the agent lacks what they would be about."""
    parts = _parts(name, has)
    if parts is None:
        return None
    path, query, body = parts
    statuses = (200, 404) if name == "getOutboundCallStatus" else (OPERATIONS[name].status,)
    return st.builds(
        lambda path, query, body: ApiRequest(name, {"agentId": agent_id, **path}, query, body, statuses=statuses),
        st.fixed_dictionaries(path),
        query,
        body,
    )


def _parts(name: str, has: _Needs) -> tuple[dict[str, st.SearchStrategy[str]], Strategy, Strategy] | None:
    """Return the parameters of the path, the query, and the body."""
    no_query: Strategy = st.just({})
    no_body: Strategy = st.none()
    connector, number = st.sampled_from(has.connectors), st.sampled_from(has.numbers)
    onto = {"connectorId": connector} if has.connectors else {}
    match name:
        case "listConnectors":
            return {}, no_query, no_body
        case "listPhoneNumbers":
            return {}, st.fixed_dictionaries({}, optional=onto), no_body
        case "importPhoneNumbers":
            numbers = st.lists(has.fresh, min_size=1, max_size=3)
            return {}, no_query, st.fixed_dictionaries({"phoneNumbers": numbers}, optional={"clientEnv": client_envs})
        case "importPhoneNumber":
            return (
                {"phoneNumber": has.fresh},
                no_query,
                st.fixed_dictionaries({}, optional={"clientEnv": client_envs, **onto}),
            )
        case "getConnector" | "deleteConnector" if has.connectors:
            return {"connectorId": connector}, no_query, no_body
        case "updateConnector" if has.connectors:
            return {"connectorId": connector}, no_query, connector_updates()
        case "batchGetConnectors" if has.connectors:
            ids = st.lists(connector | st.just("conn_unknown"), min_size=1, max_size=4)
            return {}, no_query, st.fixed_dictionaries({"connectorIds": ids})
        case "batchUpdateConnectors" if has.connectors:
            return {}, no_query, batch_updates(has.connectors).map(lambda batch: batch.body)
        case "lookupConnector" if has.routed:
            return {}, no_query, st.fixed_dictionaries({"phoneNumber": st.sampled_from(has.routed)})
        case "getPhoneNumber" | "deletePhoneNumber" if has.numbers:
            return {"phoneNumber": number}, no_query, no_body
        case "reassignPhoneNumber" if has.numbers and has.connectors:
            return {"phoneNumber": number}, no_query, st.fixed_dictionaries({"connectorId": connector})
        case "batchGetPhoneNumbers" | "deletePhoneNumbers" if has.numbers:
            numbers = st.lists(number | has.fresh, min_size=1, max_size=4)
            return {}, no_query, st.fixed_dictionaries({"phoneNumbers": numbers})
        case "triggerOutboundCall" if has.environments:
            call = {"toNumber": phone_numbers(), "environment": st.sampled_from(has.environments)}
            more = {"metadata": st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=2)}
            return {}, no_query, st.fixed_dictionaries(call, optional={**more, "encryption": st.just("tls_srtp")})
        case "getOutboundCallStatus" if has.environments:
            call_sids = {"callSid": st.uuids().map("OUT-{}".format)}
            return call_sids, st.fixed_dictionaries({"environment": st.sampled_from(has.environments)}), no_body
    return None
