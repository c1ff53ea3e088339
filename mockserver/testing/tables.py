"""What the reference model keeps: a world as its key sees it, in lists, in the order in which the API lists it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from mockserver.state.records import ClientEnv, Connector, OutboundCall, PhoneNumber
from mockserver.testing.requests import Answer
from mockserver.testing.values import AgentSeed, JsonObject, OutcomeSeed, World
from mockserver.testing.worlds import STOPPED


class Refusal(Exception):  # noqa: N818  # a refusal is what the API does, not a failure of the model
    """What an operation does not do, by status and error code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.answer = Answer(status, {"error_code": code})


class Minted(str):
    """The model's own name for an id that the service made up and nobody has seen yet."""

    __slots__ = ()


def is_phone_number(text: str) -> bool:
    """Tell whether a text is `+` and 7 to 15 digits, the first not 0."""
    digits = text[1:]
    return text[:1] == "+" and digits.isascii() and digits.isdigit() and 7 <= len(digits) <= 15 and digits[0] != "0"


def language_of(voice: str) -> str:
    """Return the language that a voice's name begins with, or ""."""
    parts = voice.split("-", 2)
    language = "-".join(parts[:2])
    known = re.fullmatch(r"[a-z]{2,3}-([A-Z]{2}|[0-9]{3})", language)
    return language if known and len(parts) == 3 and parts[2] else ""


def once(items: Iterable[str]) -> list[str]:
    """Return the items without those that came before."""
    seen: list[str] = []
    for item in items:
        if item not in seen:
            seen.append(item)
    return seen


class Tables:
    """Agents, connectors, numbers and calls; the key is that of the first account."""

    def __init__(self, world: World) -> None:
        self.accounts: dict[str, str] = {}
        self.agents: dict[str, AgentSeed] = {}
        self.connectors: list[Connector] = []
        self.numbers: list[PhoneNumber] = []
        self.calls: list[OutboundCall] = []
        self.rejected_voices = world.get("rejectedVoices", [])
        self.outcomes: Mapping[str, OutcomeSeed] = world.get("outboundCalls", {})
        self.now = datetime.fromisoformat(world.get("clock", STOPPED)["frozenAt"])
        self._account_id = world["accounts"][0]["accountId"]
        self._minted = 0
        self._adopted: dict[Minted, str] = {}
        for account in world["accounts"]:
            for agent in account.get("agents", []):
                self.accounts[agent["agentId"]] = account["accountId"]
                self._add(agent)

    def _add(self, agent: AgentSeed) -> None:
        agent_id = agent["agentId"]
        self.agents[agent_id] = agent
        for row in agent.get("connectors", []):
            self.put_connector(
                agent_id,
                connector_id=row["connectorId"],
                name=row["name"],
                client_env=row["clientEnv"],
                variant_id=row["variantId"],
                asr_lang_code=row["asrLangCode"],
                voice_name=row["voiceName"],
                disable_handoff=row["disableHandoff"],
            )
        for number in agent.get("phoneNumbers", []):
            self.put_number(agent_id, number["number"], number["clientEnv"], number.get("connectorId"))

    @property
    def reachable(self) -> list[str]:
        """The agents that the key reaches."""
        return [agent_id for agent_id, account_id in self.accounts.items() if account_id == self._account_id]

    def put_connector(
        self,
        agent_id: str,
        *,
        connector_id: str,
        name: str,
        client_env: ClientEnv,
        voice_name: str,
        asr_lang_code: str,
        variant_id: str = "",
        disable_handoff: bool = False,
    ) -> Connector:
        """Add a connector, that speaks the language of its voice, and return it."""
        connector = Connector(
            connector_id=connector_id,
            agent_id=agent_id,
            name=name,
            client_env=client_env,
            variant_id=variant_id,
            asr_lang_code=asr_lang_code,
            tts_lang_code=language_of(voice_name),
            voice_name=voice_name,
            disable_handoff=disable_handoff,
            position=0,
        )
        self.connectors.append(connector)
        return connector

    def put_number(self, agent_id: str, number: str, client_env: ClientEnv, connector_id: str | None) -> None:
        """Add a number."""
        self.numbers.append(
            PhoneNumber(number=number, agent_id=agent_id, client_env=client_env, connector_id=connector_id, position=0)
        )

    def put_call(self, agent_id: str, client_env: ClientEnv, to_number: str, connector_id: str) -> OutboundCall:
        """Add a call that goes as the world says of the number, and return it."""
        outcome = self.outcomes.get(to_number, {})
        calling_at = self.now + timedelta(seconds=outcome.get("queuedSeconds", 2))
        call = OutboundCall(
            call_sid=self.minted("call"),
            agent_id=agent_id,
            client_env=client_env,
            to_number=to_number,
            connector_id=connector_id,
            queued_at=self.now,
            calling_at=calling_at,
            ended_at=calling_at + timedelta(seconds=outcome.get("callingSeconds", 10)),
            result=outcome.get("status", "SUCCESS"),
            reason=outcome.get("reason", ""),
            position=0,
        )
        self.calls.append(call)
        return call

    def minted(self, what: str) -> Minted:
        """Return a name for an id that the service makes up."""
        self._minted += 1
        return Minted(f"<{what} {self._minted}>")

    def adopt(self, minted: Minted, seen: str) -> str:
        """Call by the id that was seen what the model had to name itself, and return the id that it has from then on.

        It is another than the one seen where that is not new.
        """
        if minted in self._adopted:
            return self._adopted[minted]
        if seen in [row.connector_id for row in self.connectors] + [row.call_sid for row in self.calls]:
            return minted
        self._adopted[minted] = seen
        self.connectors = [
            replace(row, connector_id=seen) if row.connector_id == minted else row for row in self.connectors
        ]
        self.numbers = [replace(row, connector_id=seen) if row.connector_id == minted else row for row in self.numbers]
        self.calls = [replace(row, call_sid=seen) if row.call_sid == minted else row for row in self.calls]
        return seen

    def agent(self, agent_id: str) -> str:
        """Return the agent; it has to exist, and the key has to reach it."""
        if agent_id not in self.agents:
            raise Refusal(404, "PROJECT_NOT_FOUND")
        if self.accounts[agent_id] != self._account_id:
            raise Refusal(403, "USER_ACCESS_FORBIDDEN")
        return agent_id

    def connector(self, agent_id: str, connector_id: object, code: str = "CONNECTORS_NOT_FOUND") -> Connector:
        """Return the agent's connector; `code` is the refusal's where there is none."""
        for row in self.connectors:
            if (row.agent_id, row.connector_id) == (agent_id, connector_id):
                return row
        raise Refusal(404, code)

    def number(self, agent_id: str, number: object) -> PhoneNumber:
        """Return the agent's number."""
        for row in self.numbers:
            if (row.agent_id, row.number) == (agent_id, number):
                return row
        raise Refusal(404, "PHONE_NUMBERS_NOT_FOUND")

    def default_connector(self, agent_id: str, client_env: ClientEnv, variant_id: str = "") -> Connector | None:
        """Return the environment's first connector of a variant; without a variant, else its first one."""
        here = [row for row in self.connectors if (row.agent_id, row.client_env) == (agent_id, client_env)]
        for row in here:
            if row.variant_id == variant_id:
                return row
        return here[0] if here and not variant_id else None

    def connector_view(self, row: Connector) -> JsonObject:
        """Return a connector as the API shows it."""
        return {
            "connectorId": row.connector_id,
            "name": row.name,
            "accountId": self.accounts[row.agent_id],
            "projectId": row.agent_id,
            "clientEnv": row.client_env,
            "variantId": row.variant_id,
            "asrLangCode": row.asr_lang_code,
            "ttsLangCode": row.tts_lang_code,
            "voiceName": row.voice_name,
            "disableHandoff": row.disable_handoff,
        }

    def number_view(self, row: PhoneNumber) -> JsonObject:
        """Return a number as the API shows it."""
        view = {
            "number": row.number,
            "projectId": row.agent_id,
            "accountId": self.accounts[row.agent_id],
            "clientEnv": row.client_env,
        }
        return view if row.connector_id is None else {**view, "connectorId": row.connector_id}
