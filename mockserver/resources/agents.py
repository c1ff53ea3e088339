"""Agents: voice agents of an account, which the API also calls projects."""

from typing import Annotated

from mockserver.api.operation import NodeBody, Operation
from mockserver.api.scopes import AccountRequest, AgentRequest
from mockserver.errors import Err
from mockserver.http.json import Bounds, Described, NotRequired, TypedDict
from mockserver.state import agents
from mockserver.state.accounts import Agent
from mockserver.state.agents import NEW_AGENT_ID
from mockserver.values.clock import milliseconds

Name = Annotated[str, Bounds(min_length=1, max_length=100), Described("The display name, 1 to 100 characters.")]
Text = Annotated[str, Bounds(min_length=1)]
NewId = Annotated[str, Described("The agent's id: letters, digits and hyphens.", **NEW_AGENT_ID.schema)]


class ResponseSettings(TypedDict):
    """How a new agent greets, and in which language."""

    greeting: Text
    languageCode: NotRequired[Text]


class VoiceSettings(TypedDict):
    """The voice of a new agent; it is not looked up."""

    voiceId: Text


class LlmSettings(TypedDict):
    """The language model of a new agent."""

    modelId: NotRequired[str]


class ExperimentalFeatures(TypedDict):
    """One set of experimental features, and who changed it when."""

    id: str
    features: dict[str, object]
    createdAt: str
    createdBy: str
    updatedAt: str
    updatedBy: str
    active: bool


class ExperimentalConfig(TypedDict):
    """Experimental features of a new agent."""

    configs: list[ExperimentalFeatures]


class CreateAgentBody(TypedDict):
    """A new agent; the settings are validated, and nothing of the public API shows them again."""

    name: Name
    responseSettings: ResponseSettings
    agentId: NotRequired[NewId]
    voiceSettings: NotRequired[VoiceSettings]
    llmSettings: NotRequired[LlmSettings]
    experimentalConfig: NotRequired[ExperimentalConfig]


class DuplicateAgentBody(TypedDict):
    """The name of the copy, and its id if that is not to be generated."""

    newAgentName: Name
    newAgentId: NotRequired[NewId]


class CreateAgentResponse(TypedDict):
    """An agent as the API shows it."""

    accountId: Annotated[str, Described("The account that owns it.")]
    agentId: Annotated[str, Described("The agent's id.")]
    agentName: Annotated[str, Described("The display name.")]
    createdAt: Annotated[str, Described("When it was created.")]
    updatedAt: Annotated[str, Described("When its main branch or its deployments last changed.")]
    branchCount: Annotated[int, Described("How many branches it has, main included.", type="number")]


def list_agents(request: AccountRequest) -> list[CreateAgentResponse]:
    """List the account's agents that the key reaches."""
    return [_answer(agent) for agent in agents.list_agents(request.state, request.key, request.account)]


def create_agent(request: AccountRequest, body: NodeBody[CreateAgentBody]) -> CreateAgentResponse:
    """Create an agent."""
    name, agent_id = body["name"], body.get("agentId")
    return _answer(agents.create_agent(request.state, request.account.account_id, name, agent_id, request.now))


def delete_agent(request: AgentRequest) -> None:
    """Delete an agent and everything that it owns."""
    agents.delete_agent(request.state, request.agent)


def duplicate_agent(request: AgentRequest, body: NodeBody[DuplicateAgentBody]) -> CreateAgentResponse:
    """Duplicate an agent."""
    name, agent_id = body["newAgentName"], body.get("newAgentId")
    return _answer(agents.duplicate_agent(request.state, request.agent, name, agent_id, request.now))


def _answer(agent: Agent) -> CreateAgentResponse:
    return {
        "accountId": agent.account_id,
        "agentId": agent.agent_id,
        "agentName": agent.name,
        "createdAt": milliseconds(agent.created_at),
        "updatedAt": milliseconds(agent.updated_at),
        "branchCount": 1,  # main; others cannot be created yet
    }


_AGENTS = "/v1/accounts/{accountId}/agents"
_AGENT = "/v1/agents/{agentId}"
_ID_ERRORS = (Err.PROJECT_ID_INVALID, Err.PROJECT_ID_ALREADY_EXISTS)

OPERATIONS = (
    Operation("listAgents", "GET", _AGENTS, list_agents),
    Operation("createAgent", "POST", _AGENTS, create_agent, errors=_ID_ERRORS),
    Operation("deleteAgent", "DELETE", _AGENT, delete_agent),
    Operation("duplicateAgent", "POST", f"{_AGENT}/duplicate", duplicate_agent, errors=_ID_ERRORS),
)
