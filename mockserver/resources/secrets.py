"""Secrets: credentials of an account, by name; their values are never answered."""

from typing import Annotated

from mockserver.api.operation import NodeBody, Operation
from mockserver.api.scopes import AgentRequest
from mockserver.errors import Err
from mockserver.http.json import Bounds, Described, NotRequired, TypedDict
from mockserver.state import secrets
from mockserver.state.secrets import StoredSecret

Value = Annotated[str, Bounds(min_length=1), Described("What it keeps, at least 1 character.")]
Description = Annotated[str, Described("What it is for.")]


class CreateSecretBody(TypedDict):
    """A new secret of the agent's account."""

    name: Annotated[str, Bounds(min_length=1), Described("The name, at least 1 character, unique in the account.")]
    value: Value
    description: NotRequired[Description]


class UpdateSecretBody(TypedDict):
    """A new value, and perhaps a new description; without one, the old one stays."""

    value: Value
    description: NotRequired[Description]


class DeleteSecretResponse(TypedDict):
    """The name of a secret that was deleted."""

    name: Annotated[str, Described("The name.")]


def create_secret(request: AgentRequest, body: NodeBody[CreateSecretBody]) -> StoredSecret:
    """Create a secret of the agent's account."""
    name, value, description = body["name"], body["value"], body.get("description")
    return secrets.create_secret(request.state, request.agent.account_id, name, value, description, request.now)


def update_secret(request: AgentRequest, body: NodeBody[UpdateSecretBody]) -> StoredSecret:
    """Replace the value of a secret."""
    name, value, description = request.path["secretName"], body["value"], body.get("description")
    return secrets.update_secret(request.state, request.agent.account_id, name, value, description, request.now)


def delete_secret(request: AgentRequest) -> DeleteSecretResponse:
    """Delete a secret."""
    name = request.path["secretName"]
    secrets.delete_secret(request.state, request.agent.account_id, name)
    return {"name": name}


_SECRETS = "/v1/agents/{agentId}/secrets"
_SECRET = f"{_SECRETS}/{{secretName}}"

OPERATIONS = (
    Operation("createSecret", "POST", _SECRETS, create_secret, status=201, errors=(Err.SECRETS_ALREADY_EXISTS,)),
    Operation("updateSecret", "PUT", _SECRET, update_secret, errors=(Err.SECRETS_NOT_FOUND,)),
    Operation("deleteSecret", "DELETE", _SECRET, delete_secret, errors=(Err.SECRETS_NOT_FOUND,)),
)
