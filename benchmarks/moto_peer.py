"""moto's server as a peer: it fakes another API, so it is asked for as many items of a table of DynamoDB."""

import json

from benchmarks.exchanges import Answer, Request, good
from benchmarks.prepared import MissingError, Prepared, needs
from benchmarks.run import Run
from benchmarks.scenarios import Scenario
from benchmarks.servers import python

_TABLE = "connectors"
_SCOPE = "AWS4-HMAC-SHA256 Credential=none/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=none"


def prepare(_run: Run, scenario: Scenario, answer: Answer) -> Prepared:
    """Prepare calls that read what the scenario reads; raises MissingError where nothing is comparable."""
    needs("moto.server")
    if scenario.name == "get":
        records = [json.loads(answer.body)]
        calls = [_call("GetItem", {"TableName": _TABLE, "Key": _key(records[0])})]
    elif scenario.name == "batch-get":
        records = json.loads(answer.body)["found"]
        keys = [_key(record) for record in records]
        calls = [_call("BatchGetItem", {"RequestItems": {_TABLE: {"Keys": keys}}})]
    else:
        raise MissingError("it has no comparable call")

    def set_up(port: int) -> None:
        table = {
            "TableName": _TABLE,
            "KeySchema": [{"AttributeName": "connectorId", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "connectorId", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        }
        items = [{"TableName": _TABLE, "Item": {name: _typed(value) for name, value in row.items()}} for row in records]
        for call in (_call("CreateTable", table), *(_call("PutItem", item) for item in items)):
            good(port, call)

    return Prepared(lambda port: python("moto.server", "-p", port), tuple(calls), _call("ListTables", {}), set_up)


def _call(operation: str, body: object) -> Request:
    headers = {
        "X-Amz-Target": f"DynamoDB_20120810.{operation}",
        "Content-Type": "application/x-amz-json-1.0",
        "Authorization": _SCOPE,
    }
    return Request("POST", "/", headers, json.dumps(body).encode())


def _key(record: dict[str, object]) -> dict[str, object]:
    return {"connectorId": _typed(record["connectorId"])}


def _typed(value: object) -> dict[str, object]:
    return {"BOOL": value} if isinstance(value, bool) else {"S": value}
