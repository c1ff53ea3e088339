"""What the reference model keeps: a world as its key sees it, in lists, in the order in which the API lists it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from mockserver.state.connectors import Connector
from mockserver.state.outbound_calls import CallOutcome, OutboundCall
from mockserver.state.phone_numbers import PhoneNumber
from mockserver.testing.formats import language_of
from mockserver.testing.requests import Answer
from mockserver.testing.seeds import read
from mockserver.testing.values import JsonObject
from mockserver.values.environments import ClientEnv


class Refusal(Exception):  # noqa: N818  # a refusal is what the API does, not a failure of the model
    """What an operation does not do, by status and error code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.answer = Answer(status, {"error_code": code})


class Minted(str):
    """The model's own name for an id that the service made up and nobody has seen yet."""

    __slots__ = ()


def once(items: Iterable[str]) -> list[str]:
    """Return the items without those that came before."""
    seen: list[str] = []
    for item in items:
        if item not in seen:
            seen.append(item)
    return seen


class Tables:
    """Agents, connectors, numbers and calls; ValueError is raised for a seed that the model cannot be about."""

    def __init__(self, seed: JsonObject) -> None:
        self.seed = read(seed)
        self.agents = self.seed.agents
        self.connectors = list(self.seed.connectors)
        self.numbers = list(self.seed.numbers)
        self.calls = list(self.seed.calls)
        self.outcomes = self.seed.outcomes
        self.now = self.seed.now
        self._minted = 0
        self._adopted: dict[Minted, str] = {}

    @property
    def reachable(self) -> list[str]:
        """The agents that the key reaches."""
        return [agent.agent_id for agent in self.agents.values() if self.seed.reaches(agent)]

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
            account_id=self.agents[agent_id].account_id,
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
            PhoneNumber(
                number=number,
                account_id=self.agents[agent_id].account_id,
                agent_id=agent_id,
                client_env=client_env,
                connector_id=connector_id,
                position=0,
            )
        )

    def put_call(self, agent_id: str, client_env: ClientEnv, to_number: str, connector_id: str) -> OutboundCall:
        """Add a call that goes as the world says of the number, and return it."""
        outcome = self.outcomes.get(to_number) or CallOutcome(to_number=to_number, position=0)
        calling_at = self.now + timedelta(seconds=outcome.queued_seconds)
        call = OutboundCall(
            call_sid=self.minted("call"),
            account_id=self.agents[agent_id].account_id,
            agent_id=agent_id,
            client_env=client_env,
            to_number=to_number,
            connector_id=connector_id,
            queued_at=self.now,
            calling_at=calling_at,
            ended_at=calling_at + timedelta(seconds=outcome.calling_seconds),
            result=outcome.result,
            reason=outcome.reason,
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

    def agent(self, name: str) -> str:
        """Return the id of the agent of an id or slug; it has to exist, and the key has to reach it."""
        slugs = {agent.slug: agent for agent in self.agents.values()}
        agent = self.agents.get(name) or slugs.get(name)
        if agent is None:
            raise Refusal(404, "PROJECT_NOT_FOUND")
        if not self.seed.reaches(agent):
            raise Refusal(403, "USER_ACCESS_FORBIDDEN")
        return agent.agent_id

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
            "accountId": self.agents[row.agent_id].account_id,
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
            "accountId": self.agents[row.agent_id].account_id,
            "clientEnv": row.client_env,
        }
        return view if row.connector_id is None else {**view, "connectorId": row.connector_id}
