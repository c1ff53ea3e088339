"""The shape of a seed file, as pydantic models: what is checked, and what the JSON Schema for editors says.

Only checking and printing the schema import this module: pydantic costs more time than the rest of the server's start.
"""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated, Self, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    ModelWrapValidatorHandler,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    create_model,
    model_validator,
)
from pydantic.alias_generators import to_camel

from mockserver.seeds.scalars import E164, Ahead, CallSid, Count, Flag, Id, Key, Moment, Seconds, Text, Time
from mockserver.state.accounts import OutboundCalling
from mockserver.state.outbound_calls import CallResult
from mockserver.state.policies import Policies
from mockserver.values.e164 import is_e164
from mockserver.values.environments import ClientEnv

_MAX_KEYS = 100
_MAX_NAMES = 10_000

Names: TypeAlias = Annotated[list[Id], Field(max_length=_MAX_NAMES)]
Texts: TypeAlias = Annotated[list[Text], Field(max_length=_MAX_NAMES)]


def _few(value: JsonValue) -> JsonValue:
    if isinstance(value, dict) and len(value) > _MAX_NAMES:
        raise ValueError(f"has more than the {_MAX_NAMES:,} keys that are allowed")
    return value


def _number(value: JsonValue, handler: ValidatorFunctionWrapHandler) -> object:
    """Check a number as the mapping that it stands for; most are bare and right, and checked without one."""
    if isinstance(value, str) and is_e164(value):
        return value
    return handler(value if isinstance(value, dict) else {"number": value})


class TooManyMistakesError(Exception):
    """So much is wrong that listing it all would take more memory than a machine may have; `str()` names one thing."""


@dataclass(slots=True)
class Patience:
    """How many more mistakes are listed; the context of a validation."""

    mistakes: int = 10_000


class SeedModel(BaseModel):
    """What all parts of a seed share: camelCase names, no unknown keys, and a bound on what is said of mistakes."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", strict=True, use_attribute_docstrings=True)

    @model_validator(mode="wrap")
    @classmethod
    def _listing_so_many(cls, value: JsonValue, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        if isinstance(value, dict) and len(value) > _MAX_KEYS:
            raise ValueError(f"has {len(value):,} keys, which is more than there are")
        try:
            return handler(value)
        except ValidationError as error:
            patience = info.context
            assert isinstance(patience, Patience), "a seed is validated with patience"
            patience.mistakes -= error.error_count()
            if patience.mistakes < 0:
                raise TooManyMistakesError(error.errors(include_url=False)[0]["msg"]) from None
            raise


class PhoneNumberSeed(SeedModel):
    """A number in the words of the API's answer; a bare number is enough."""

    number: E164
    """The number, in E.164 form; unquoted is fine."""
    client_env: ClientEnv | None = None
    """The environment: by default its connector's, or else live."""
    connector_id: Id | None = None
    """The connector, of the same agent, that answers it; needless inside a connector."""
    project_id: Id | None = None
    """The agent that owns it, as a pasted answer says; must be the agent it stands under."""
    account_id: Id | None = None
    """The account that owns it, as a pasted answer says."""


Number: TypeAlias = Annotated[PhoneNumberSeed, WrapValidator(_number, json_schema_input_type=PhoneNumberSeed | E164)]


class ConnectorSeed(SeedModel):
    """A connector in the words of the API's answer."""

    connector_id: Id
    name: Text | None = None
    """Its display name; by default its id."""
    client_env: ClientEnv | None = None
    """The environment it serves; by default live."""
    voice_name: Text | None = None
    """A voice name whose prefix is a language, such as en-GB-Wavenet-B; by default en-US-Neural2-A."""
    asr_lang_code: Text | None = None
    """The language it understands; by default that of the voice."""
    tts_lang_code: Text | None = None
    """The language it speaks; by default that of the voice."""
    variant_id: Text | None = None
    """The variant assigned to it; empty or absent means none."""
    disable_handoff: Flag | None = None
    phone_numbers: list[Number] | None = None
    """The numbers that it answers."""
    project_id: Id | None = None
    """The agent that owns it, as a pasted answer says; must be the agent it stands under."""
    account_id: Id | None = None
    """The account that owns it, as a pasted answer says."""


class OutboundCallSeed(SeedModel):
    """A call under way or ended, as a saved state holds it."""

    call_sid: CallSid
    to_number: E164
    environment: ClientEnv
    connector_id: Id
    queued_at: Moment
    calling_at: Moment
    ended_at: Moment
    status: CallResult
    """How the call ends."""
    reason: Text | None = None


class AgentSeed(SeedModel):
    """An agent, which the API also calls a project, and what it owns."""

    agent_id: Id
    slug: Id | None = None
    """A second name that paths may use."""
    name: Text | None = None
    """Its display name; by default its id."""
    account_id: Id | None = None
    """The account that owns it, as a pasted answer says."""
    variants: Names | None = None
    """The variants that the policy variantCheck allows."""
    outbound_calling: Annotated[dict[ClientEnv, OutboundCalling], BeforeValidator(_few)] | None = None
    """Whether outbound calls work in an environment; by default they do."""
    connectors: list[ConnectorSeed] | None = None
    phone_numbers: list[Number] | None = None
    """Imported numbers that stand under no connector."""
    outbound_calls: list[OutboundCallSeed] | None = None


class ApiKeySeed(SeedModel):
    """An API key of the account."""

    key: Key
    agents: Names | None = None
    """The agents it reaches; by default all of the account's."""
    expired: Flag | None = None
    """Whether it has expired already."""
    expires_at: Time | None = None
    """The moment, in the world's time, from which it is refused."""


class AccountSeed(SeedModel):
    """An account (workspace) and what it owns."""

    account_id: Id
    slug: Id | None = None
    """A second name that paths may use."""
    api_keys: list[ApiKeySeed] | None = None
    agents: list[AgentSeed] | None = None


class CallOutcomeSeed(SeedModel):
    """How outbound calls to a number go."""

    status: CallResult = "SUCCESS"
    reason: Text | None = None
    """What the API gives as the reason, usually for failures only."""
    queued_seconds: Seconds = 2
    """Seconds of the world's time before the call is dialled."""
    calling_seconds: Seconds = 10
    """Seconds of the world's time from then to its end."""


if TYPE_CHECKING:

    class PoliciesSeed(SeedModel):
        """Choices for what nobody documents: a field for each of `Policies`."""

else:
    PoliciesSeed = create_model(
        "PoliciesSeed",
        __base__=SeedModel,
        __doc__="Choices for what nobody documents.",
        **{
            policy.name: (policy.type, Field(policy.default, description=policy.metadata["meaning"]))
            for policy in fields(Policies)
        },
    )


class ClockSeed(SeedModel):
    """The time at which a world starts; without it, real time."""

    frozen_at: Moment | None = None
    """The moment at which the clock stands still."""
    ahead_seconds: Ahead | None = None
    """How far a running clock is ahead of real time."""


class MintedSeed(SeedModel):
    """How many ids were minted before the state was saved, so that none is minted again."""

    connectors: Count | None = None
    outbound_calls: Count | None = None


Outcomes: TypeAlias = Annotated[
    dict[E164, CallOutcomeSeed], Field(json_schema_extra={"additionalProperties": False}), BeforeValidator(_few)
]


class SeedFile(SeedModel):
    """A whole seed: the accounts of a world, and how it behaves."""

    accounts: list[AccountSeed]
    outbound_calls: Outcomes | None = None
    """Outcomes by dialled number; calls to all other numbers succeed."""
    rejected_voices: Texts | None = None
    """Voice names that fail the probe."""
    policies: PoliciesSeed | None = None
    """The overridable choices for what nobody documents."""
    clock: ClockSeed | None = None
    """The time at which a world starts."""
    minted: MintedSeed | None = None
    """What a saved state says of ids; a seed written by hand needs none."""


def json_schema() -> dict[str, object]:
    """Return the JSON Schema of a seed file, for editors."""
    schema = SeedFile.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
