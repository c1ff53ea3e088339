"""What a request has to fit beyond the types of the wire models: patterns and choices, for the OpenAPI document.

The server checks these by hand, with an error of its own for each, so that no wire model can hold them. Schemathesis
holds the document to what the server does.
"""

from collections.abc import Mapping
from typing import Any

from mockserver import seeds
from mockserver.resources import OPERATIONS
from mockserver.world.effects import EFFECTS

Schema = dict[str, Any]

_E164: Schema = {
    "type": "string",
    "pattern": r"^\+[1-9][0-9]{6,14}$",
    "examples": ["+442071234567", "+442079460300"],
}
_VOICE: Schema = {"type": "string", "pattern": r"^[a-z]{2,3}-([A-Z]{2}|[0-9]{3})-[^\n]+$"}
_CALL_SID: Schema = {"type": "string", "pattern": "^[Oo][Uu][Tt]-[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"}
_CONNECTOR: Schema = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"}
_WORLD: Schema = {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,80}$"}
_MOMENT: Schema = {"type": "string", "format": "date-time", "description": "A time with a zone, from 1970 to 8999."}
_SPAN: Schema = {
    "type": "string",
    "format": "span",
    "description": "Numbers with the units d, h, m, s and ms, such as 2h30m: at most a hundred years.",
    "pattern": r"^([0-9]{1,9}(\.[0-9]{1,9})?(ms|d|h|m|s))+$",
    "maxLength": 100,
}
_NUMBER: Schema = {"type": "string", "pattern": "^[0-9]{1,12}$"}
ENVIRONMENT: Schema = {"type": "string", "enum": ["sandbox", "pre-release", "live"]}
_OPERATION: Schema = {"type": "string", "enum": [operation.name for operation in OPERATIONS]}
_SEED_FILE: Schema = {
    "type": "object",
    "description": "A seed; its JSON Schema is what `mockserver schema` prints.",
    "required": ["accounts"],
}
_SEED: Schema = {
    "description": "The name of a shipped seed, or a seed itself.",
    "anyOf": [{"type": "string", "enum": list(seeds.shipped())}, _SEED_FILE, {"type": "null"}],
}

PATH: Mapping[str, Schema] = {
    "agentId": {"type": "string", "examples": ["PROJECT-58RP822I"]},
    "connectorId": {"type": "string", "examples": ["conn_abc123"]},
    "phoneNumber": _E164,
    "callSid": _CALL_SID,
    "world": {**_WORLD, "examples": ["default"]},
}

QUERY: Mapping[tuple[str, str], Schema] = {
    ("getOutboundCallStatus", "environment"): ENVIRONMENT,
    ("listRequests", "operation"): _OPERATION,
    ("listRequests", "status"): _NUMBER,
    ("listRequests", "unexpected"): {"type": "string", "enum": ["true", "false"]},
    ("listRequests", "since"): {"anyOf": [_NUMBER, _MOMENT]},
}

# By operation, where the body is no wire model.
BODIES: Mapping[str, Schema] = {
    "putState": _SEED_FILE,
    "patchState": {"type": "object", "description": "A seed, or a part of one."},
}

# By wire model and field. Items of a batch that do not fit fail one by one, and so are not listed.
FIELDS: Mapping[tuple[str, str], Schema] = {
    ("LookupConnectorBody", "phoneNumber"): _E164,
    ("ImportPhoneNumbersBody", "phoneNumbers"): {"items": _E164},
    ("BatchGetPhoneNumbersBody", "phoneNumbers"): {"items": _E164},
    ("UpdateConnectorBody", "voiceName"): {"anyOf": [_VOICE, {"type": "null"}]},
    ("UpdateConnectorBody", "projectId"): {"type": "string"},
    ("ReassignPhoneNumberBody", "connectorId"): {"examples": ["conn_abc123"]},
    ("InitiateOutboundCallBody", "toNumber"): {"examples": ["+442012345678"]},
    ("InitiateOutboundCallBody", "environment"): {"examples": ["live"]},
    ("MakeWorldBody", "name"): _WORLD,
    ("MakeWorldBody", "seed"): _SEED,
    ("ResetWorldBody", "seed"): _SEED,
    ("SnapshotBody", "name"): _WORLD,
    ("ClockBody", "freeze"): {"anyOf": [{"type": "boolean", "const": True}, _MOMENT]},
    ("ClockBody", "advance"): _SPAN,
    ("ClockBody", "resume"): {"type": "boolean", "const": True},
    ("FaultBody", "operation"): _OPERATION,
    ("FaultBody", "connectorId"): _CONNECTOR,
    ("FaultBody", "phoneNumber"): _E164,
    ("RateLimitBody", "per"): _SPAN,
}

# By wire model: which fields go together, and that the control plane refuses fields that it does not know.
MODELS: Mapping[str, Schema] = {
    "MakeWorldBody": {"additionalProperties": False},
    "ResetWorldBody": {"additionalProperties": False},
    "SnapshotBody": {"additionalProperties": False},
    "ClockBody": {"additionalProperties": False, "minProperties": 1, "maxProperties": 1},
    "RateLimitBody": {"additionalProperties": False},
    "LogNormalBody": {"additionalProperties": False},
    "DelayBody": {"additionalProperties": False, "minProperties": 1, "maxProperties": 1},
    "ApplyThenBody": {
        "additionalProperties": False,
        "oneOf": [{"required": ["status"]}, {"required": ["connection"]}],
    },
    "FaultBody": {
        "additionalProperties": False,
        "oneOf": [{"required": [effect]} for effect in EFFECTS],
        "dependentRequired": {
            "method": ["path"],
            "path": ["method"],
            "errorCode": ["status"],
            "retryAfter": ["status"],
            "body": ["status"],
        },
    },
}
