"""A State to the data of a seed file, and to YAML: what is exported can be loaded again, and answers alike."""

from collections.abc import Iterator, Mapping
from dataclasses import fields

import yaml

from mockserver.seeds.build import LONG_AGO
from mockserver.state.accounts import Account, Agent, ApiKey
from mockserver.state.connectors import Connector
from mockserver.state.outbound_calls import CallOutcome, OutboundCall
from mockserver.state.phone_numbers import PhoneNumber
from mockserver.state.policies import Policies
from mockserver.state.state import State
from mockserver.values.clock import Clock, write_moment
from mockserver.values.naming import camel
from mockserver.values.voices import language_of

Seed = dict[str, object]

_DEFAULT_OUTCOME = CallOutcome(to_number="", position=0)


def export(state: State, clock: Clock | None = None) -> Seed:
    """Return the data of a seed file that builds an equal state; what equals its default is left out.

    `clock` is the time of a world, where it is no longer that of its seed.
    """
    rules = state.rules
    frozen_at, ahead = (rules.frozen_at, rules.ahead) if clock is None else (clock.frozen_at, clock.ahead)
    policies = {
        camel(policy.name): choice
        for policy in fields(Policies)
        if (choice := getattr(state.policies, policy.name)) != policy.default
    }
    return _without_empty(
        {
            "outboundCalls": {row.to_number: _outcome(row) for row in state.call_outcomes},
            "rejectedVoices": sorted(rules.rejected_voices),
            "policies": policies,
            "clock": {"frozenAt": write_moment(frozen_at)}
            if frozen_at
            else _without_empty({"aheadSeconds": ahead.total_seconds()}),
            "minted": dict(state.mint.counts),
        },
        accounts=[_account(state, row) for row in state.accounts],
    )


def dump_yaml(seed: Mapping[str, object]) -> bytes:
    """Return the data of a seed file as YAML."""
    text: str = yaml.dump(seed, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    return text.encode()


_SafeDumper: type[yaml.CSafeDumper] | type[yaml.SafeDumper] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_SafeDumper):  # type: ignore[misc, valid-type]  # whichever there is
    """Writes each value where it stands: a seed in which a number occurs twice needs no anchor for it."""

    def ignore_aliases(self, _data: object) -> bool:
        return True

    def represent_str(self, data: str) -> yaml.ScalarNode:
        # Only between double quotes is every character escaped that a reader would take for the end of a line.
        style = None if data.isprintable() else '"'
        scalar: yaml.ScalarNode = self.represent_scalar("tag:yaml.org,2002:str", data, style=style)
        return scalar


_Dumper.add_representer(str, _Dumper.represent_str)


def _account(state: State, row: Account) -> Seed:
    return _without_empty(
        {
            "slug": row.slug,
            "apiKeys": [_api_key(key) for key in state.api_keys.where("account_id", row.account_id)],
            "agents": [_agent(state, agent) for agent in state.agents.where("account_id", row.account_id)],
        },
        accountId=row.account_id,
    )


def _api_key(row: ApiKey) -> Seed:
    expired = row.expires_at is not None and row.expires_at == LONG_AGO
    seed = _without_empty(
        {
            "expired": expired,
            "expiresAt": None if expired or row.expires_at is None else write_moment(row.expires_at),
        },
        key=row.key,
    )
    return seed if row.agent_ids is None else {**seed, "agents": list(row.agent_ids)}


def _agent(state: State, row: Agent) -> Seed:
    connectors = state.connectors.where("agent_id", row.agent_id)
    numbers = state.phone_numbers.where("agent_id", row.agent_id)
    nested = {
        connector.connector_id: state.phone_numbers.where("connector_id", connector.connector_id)
        for connector in connectors
    }
    loose = [number for number in numbers if number.connector_id is None]
    if [number for bucket in nested.values() for number in bucket] + loose != numbers:
        nested, loose = {}, numbers  # only a flat list can say that they were imported in turns
    return _without_empty(
        {
            "slug": row.slug,
            "name": row.name if row.name != row.agent_id else None,
            "variants": list(row.variant_ids),
            "outboundCalling": dict(row.outbound_calling),
            "connectors": [_connector(it, nested.get(it.connector_id, [])) for it in connectors],
            "phoneNumbers": [_phone_number(it) for it in loose],
            "outboundCalls": [_call(it) for it in state.outbound_calls.where("agent_id", row.agent_id)],
        },
        agentId=row.agent_id,
    )


def _connector(row: Connector, numbers: list[PhoneNumber]) -> Seed:
    language = language_of(row.voice_name)
    languages = {"asrLangCode": row.asr_lang_code, "ttsLangCode": row.tts_lang_code}
    return _without_empty(
        {
            "variantId": row.variant_id,
            "disableHandoff": row.disable_handoff,
            "phoneNumbers": list(_nested_numbers(row, numbers)),
        },
        connectorId=row.connector_id,
        name=row.name,
        clientEnv=row.client_env,
        voiceName=row.voice_name,
        **{key: code for key, code in languages.items() if code != language},  # "" is a language that was cleared
    )


def _nested_numbers(connector: Connector, numbers: list[PhoneNumber]) -> Iterator[str | Seed]:
    for row in numbers:
        if row.client_env == connector.client_env:
            yield row.number
        else:
            yield {"number": row.number, "clientEnv": row.client_env}


def _phone_number(row: PhoneNumber) -> Seed:
    return _without_empty({"connectorId": row.connector_id}, number=row.number, clientEnv=row.client_env)


def _call(row: OutboundCall) -> Seed:
    return _without_empty(
        {"reason": row.reason},
        callSid=row.call_sid,
        toNumber=row.to_number,
        environment=row.client_env,
        connectorId=row.connector_id,
        queuedAt=write_moment(row.queued_at),
        callingAt=write_moment(row.calling_at),
        endedAt=write_moment(row.ended_at),
        status=row.result,
    )


def _outcome(row: CallOutcome) -> Seed:
    seed: Seed = {"status": row.result}
    if row.reason:
        seed["reason"] = row.reason
    if row.queued_seconds != _DEFAULT_OUTCOME.queued_seconds:
        seed["queuedSeconds"] = row.queued_seconds
    if row.calling_seconds != _DEFAULT_OUTCOME.calling_seconds:
        seed["callingSeconds"] = row.calling_seconds
    return seed


def _without_empty(optional: Seed, **required: object) -> Seed:
    """Return `required`, then what of `optional` is not empty, absent or false."""
    return {
        **required,
        **{key: value for key, value in optional.items() if value not in (None, "", False, 0, [], {})},
    }
