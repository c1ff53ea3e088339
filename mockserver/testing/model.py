"""The reference model: what the telephony operations do, in plain lists and loops.

It shares nothing with the server but the record types, so that the two agree only where both are right. It follows the
ledger (`docs/fidelity.md`) with every policy at its default. What cannot be known is said to be so: an id that the
service makes up is `Minted` until it is seen, and wording is SOME_TEXT.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import cast

from mockserver.state.outbound_calls import CallStatus
from mockserver.testing.formats import is_phone_number, language_of
from mockserver.testing.model_state import Refusal, Tables, once
from mockserver.testing.operations import OPERATIONS
from mockserver.testing.requests import Answer, ApiRequest
from mockserver.testing.values import JsonObject
from mockserver.values.environments import CLIENT_ENVS, ClientEnv

SOME_TEXT = object()

BAD_BODY = (400, "SCHEMA_VALIDATION_FAILED")
BAD_CONNECTOR = (400, "CONNECTORS_VALIDATION_FAILED")
BAD_NUMBER = (400, "PHONE_NUMBERS_INVALID_PHONE_NUMBER_FORMAT")
TAKEN = (409, "PHONE_NUMBERS_ALREADY_EXISTS")
NO_ROUTE = "PHONE_NUMBERS_CONNECTOR_DOES_NOT_EXIST"


class Model(Tables):
    """A world, and what each operation does to it; a private method of an operation's name is that operation."""

    failing: Mapping[str, str] = {}

    def answer(self, request: ApiRequest, failing: Mapping[str, str] | None = None) -> Answer:
        """Do what a request asks for, and return the answer; `failing` maps items of its batch to their errors."""
        self.failing = failing or {}
        operation = OPERATIONS[request.operation]
        try:
            agent_id = self.agent(request.path["agentId"])
            body: JsonObject = getattr(self, f"_{operation.hook}")(agent_id, request)
        except Refusal as refusal:
            return refusal.answer
        return Answer(operation.status, body)

    def pass_time(self, seconds: int) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    def _list_connectors(self, agent_id: str, _: ApiRequest) -> JsonObject:
        return {"connectors": [self.connector_view(row) for row in self.connectors if row.agent_id == agent_id]}

    def _get_connector(self, agent_id: str, request: ApiRequest) -> JsonObject:
        return self.connector_view(self.connector(agent_id, request.path["connectorId"]))

    def _batch_get_connectors(self, agent_id: str, request: ApiRequest) -> JsonObject:
        found: list[JsonObject] = []
        missing: list[str] = []
        for connector_id in once(_texts(request, "connectorIds")):
            try:
                found.append(self.connector_view(self.connector(agent_id, connector_id)))
            except Refusal:
                missing.append(connector_id)
        return {"found": found, "notFound": missing}

    def _lookup_connector(self, agent_id: str, request: ApiRequest) -> JsonObject:
        number = _text(request, "phoneNumber")
        if not is_phone_number(number):
            raise Refusal(*BAD_NUMBER)
        return self.connector_view(self.connector(agent_id, self.number(agent_id, number).connector_id))

    def _update_connector(self, agent_id: str, request: ApiRequest) -> JsonObject:
        return self._updated(agent_id, request.path["connectorId"], request.body or {})

    def _batch_update_connectors(self, agent_id: str, request: ApiRequest) -> JsonObject:
        results: list[JsonObject] = []
        for update in cast("Sequence[JsonObject]", (request.body or {})["updates"]):
            connector_id = str(update["connectorId"])
            try:
                self._check_item(connector_id)
                data = self._updated(agent_id, connector_id, update)
                results.append({"connectorId": connector_id, "success": True, "data": data})
            except Refusal:
                error = self.failing.get(connector_id, SOME_TEXT)
                results.append({"connectorId": connector_id, "success": False, "error": error})
        return {"results": results}

    def _check_item(self, name: str) -> None:
        if name in self.failing:
            raise Refusal(200, "the item alone fails")

    def _updated(self, agent_id: str, connector_id: str, update: JsonObject) -> JsonObject:
        before = self.connector(agent_id, connector_id)
        voice = update.get("voiceName")
        if voice is not None and (language_of(str(voice)) == "" or voice in self.seed.rejected_voices):
            raise Refusal(*BAD_CONNECTOR)
        if "projectId" in update and update["projectId"] is None:
            raise Refusal(*BAD_CONNECTOR)
        target = self.agent(str(update["projectId"])) if "projectId" in update else agent_id
        after = replace(before, agent_id=target)
        if "variantId" in update:
            after = replace(after, variant_id=str(update["variantId"] or ""))
        if "asrLangCode" in update:
            after = replace(after, asr_lang_code=str(update["asrLangCode"] or ""))
        if "voiceName" in update:
            after = replace(after, voice_name=str(voice or ""), tts_lang_code=language_of(str(voice or "")))
        self.connectors[self.connectors.index(before)] = after
        if target != agent_id:  # it comes last in the list of its new agent, and so do its numbers
            self.connectors.remove(after)
            self.connectors.append(after)
            for row in [row for row in self.numbers if row.connector_id == connector_id]:
                self.numbers.remove(row)
                self.numbers.append(replace(row, agent_id=target))
        return self.connector_view(after)

    def _delete_connector(self, agent_id: str, request: ApiRequest) -> JsonObject:
        connector = self.connector(agent_id, request.path["connectorId"])
        released = [row for row in self.numbers if row.connector_id == connector.connector_id]
        for row in released:
            self.numbers.remove(row)
        self.connectors.remove(connector)
        return {"deletedConnector": connector.connector_id, "deletedPhoneNumbers": [row.number for row in released]}

    def _list_phone_numbers(self, agent_id: str, request: ApiRequest) -> JsonObject:
        rows = [row for row in self.numbers if row.agent_id == agent_id]
        if "connectorId" in request.query:
            rows = [row for row in rows if row.connector_id == request.query["connectorId"]]
        return {"phoneNumbers": [self.number_view(row) for row in rows]}

    def _get_phone_number(self, agent_id: str, request: ApiRequest) -> JsonObject:
        return self.number_view(self.number(agent_id, request.path["phoneNumber"]))

    def _batch_get_phone_numbers(self, agent_id: str, request: ApiRequest) -> JsonObject:
        numbers = _texts(request, "phoneNumbers")
        if not all(is_phone_number(number) for number in numbers):
            raise Refusal(*BAD_NUMBER)
        found: list[JsonObject] = []
        missing: list[str] = []
        for number in once(numbers):
            try:
                found.append(self.number_view(self.number(agent_id, number)))
            except Refusal:
                missing.append(number)
        return {"found": found, "notFound": missing}

    def _import_phone_numbers(self, agent_id: str, request: ApiRequest) -> JsonObject:
        numbers = once(_texts(request, "phoneNumbers"))
        self._check_import(numbers)
        env = _env(request, "clientEnv") or "live"
        connector_id = self._import_target(agent_id, env)
        for number in numbers:
            self.put_number(agent_id, number, env, connector_id)
        return {"imported": numbers}

    def _import_phone_number(self, agent_id: str, request: ApiRequest) -> JsonObject:
        number = request.path["phoneNumber"]
        self._check_import([number])
        env = _env(request, "clientEnv")
        if "connectorId" in (request.body or {}):
            connector = self.connector(agent_id, _text(request, "connectorId"), NO_ROUTE)
            self.put_number(agent_id, number, env or connector.client_env, connector.connector_id)
        else:
            self.put_number(agent_id, number, env or "live", self._import_target(agent_id, env or "live"))
        return {"imported": number}

    def _check_import(self, numbers: list[str]) -> None:
        if not all(is_phone_number(number) for number in numbers):
            raise Refusal(*BAD_NUMBER)
        if any(row.number in numbers for row in self.numbers):  # of whichever agent
            raise Refusal(*TAKEN)

    def _import_target(self, agent_id: str, env: ClientEnv) -> str:
        connector = self.default_connector(agent_id, env) or self.put_connector(
            agent_id,
            connector_id=self.minted("connector"),
            name=f"Default {env} connector",
            client_env=env,
            voice_name="en-US-Neural2-A",
            asr_lang_code="en-US",
        )
        return connector.connector_id

    def _reassign_phone_number(self, agent_id: str, request: ApiRequest) -> JsonObject:
        before = self.number(agent_id, request.path["phoneNumber"])
        connector = self.connector(agent_id, _text(request, "connectorId"), NO_ROUTE)
        after = replace(before, connector_id=connector.connector_id, client_env=connector.client_env)
        self.numbers[self.numbers.index(before)] = after
        return self.number_view(after)

    def _delete_phone_number(self, agent_id: str, request: ApiRequest) -> JsonObject:
        row = self.number(agent_id, request.path["phoneNumber"])
        self.numbers.remove(row)
        return {"deleted": row.number}

    def _delete_phone_numbers(self, agent_id: str, request: ApiRequest) -> JsonObject:
        deleted: list[str] = []
        errors: list[JsonObject] = []
        for number in _texts(request, "phoneNumbers"):
            try:
                self._check_item(number)
                self.numbers.remove(self.number(agent_id, number))
                deleted.append(number)
            except Refusal:
                errors.append({"phoneNumber": number, "error": self.failing.get(number, SOME_TEXT)})
        return {"deleted": deleted, "errors": errors} if errors else {"deleted": deleted}

    def _trigger_outbound_call(self, agent_id: str, request: ApiRequest) -> JsonObject:
        to_number, env = _text(request, "toNumber"), _env(request, "environment")
        if not is_phone_number(to_number):
            raise Refusal(*BAD_NUMBER)
        assert env is not None, "a request of the model's has an environment"
        calling = self.agents[agent_id].outbound_calling.get(env)
        if calling == "not-configured":
            raise Refusal(400, "OUTBOUND_CALLING_NOT_CONFIGURED")
        if calling == "unavailable":
            raise Refusal(502, "OUTBOUND_CALLING_UNAVAILABLE")
        connector = self.default_connector(agent_id, env, str((request.body or {}).get("variantId", "")))
        if connector is None:
            raise Refusal(404, "CONNECTORS_NOT_FOUND")
        call = self.put_call(agent_id, env, to_number, connector.connector_id)
        return {"callSid": call.call_sid, "status": "QUEUED"}

    def _get_outbound_call_status(self, agent_id: str, request: ApiRequest) -> JsonObject:
        env, call_sid = request.query.get("environment"), request.path["callSid"]
        if env not in CLIENT_ENVS:
            raise Refusal(*BAD_BODY)
        if not re.fullmatch(r"OUT-[0-9a-f-]{36}", call_sid):
            raise Refusal(400, "OUTBOUND_CALLS_INVALID_CALL_SID")
        if self.agents[agent_id].outbound_calling.get(env) == "unavailable":
            raise Refusal(502, "OUTBOUND_CALLING_UNAVAILABLE")
        if self.default_connector(agent_id, env) is None:
            raise Refusal(400, "OUTBOUND_CALLS_NO_CONNECTOR")
        for call in self.calls:
            if (call.call_sid, call.agent_id, call.client_env) == (call_sid, agent_id, env):
                if self.now >= call.ended_at + timedelta(hours=2):
                    break
                status: CallStatus = "QUEUED"
                if self.now >= call.calling_at:
                    status = "CALLING"
                if self.now >= call.ended_at:
                    status = call.result
                ended = status not in ("QUEUED", "CALLING")
                return {"callSid": call_sid, "status": status, "reason": call.reason if ended else ""}
        raise Refusal(404, "OUTBOUND_CALLS_NOT_FOUND")


def _text(request: ApiRequest, name: str) -> str:
    return str((request.body or {})[name])


def _texts(request: ApiRequest, name: str) -> list[str]:
    return [str(item) for item in cast("Sequence[object]", (request.body or {})[name])]


def _env(request: ApiRequest, name: str) -> ClientEnv | None:
    given = (request.body or {}).get(name)
    return next((env for env in CLIENT_ENVS if env == given), None)
