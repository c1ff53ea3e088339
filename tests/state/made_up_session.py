"""What the generic parts do with records that they do not know: printed as JSON, in a process of its own."""

import json
import sys
from dataclasses import replace
from importlib import import_module
from typing import Any

from mockserver import seeds, state
from mockserver.control.state import change_view
from mockserver.seeds.schema import json_schema
from mockserver.state import catalogue
from mockserver.state.accounts import Agent
from mockserver.state.agents import delete_agent
from mockserver.state.encoding import record_json
from tests.state.invariants import broken_invariants

state.__path__.append(sys.argv[1])

_MADE_UP: Any = import_module("mockserver.state.branches")
Branch, Passphrase = _MADE_UP.Branch, _MADE_UP.Passphrase
MAIN = {"branchId": "main"}
NUMBER = {"queries": [3]}

BRANCHES = [MAIN, {"branchId": "draft", "content": {"queries": ["q"]}}]
SEED = {
    "accounts": [
        {
            "accountId": "ws-1",
            "passphrases": [{"name": "crm", "value": "s3cret"}],
            "agents": [
                {"agentId": "P-1", "branches": BRANCHES},
                {"agentId": "P-2", "branches": [MAIN]},
            ],
        }
    ],
}


def mistakes(**agent: object) -> list[str]:
    passphrases = [{"name": "n", "value": 5}, {"name": "n", "value": ""}]
    try:
        seeds.load_data(
            {"accounts": [{"accountId": "ws-1", "passphrases": passphrases, "agents": [{"agentId": "P", **agent}]}]}
        )
    except seeds.SeedError as error:
        return str(error).splitlines()
    return []


loaded = seeds.load_data(SEED)
changed = loaded.fork()
draft: Any = changed[Branch].get("P-1/draft")
changed[Branch].put(replace(draft, content=replace(draft.content, behavior="Be brief.", queries=("q", "r"))))
bereft = loaded.fork()
delete_agent(bereft, next(iter(bereft[Agent])))
print(
    json.dumps(
        {
            "tables": [table.name for table in loaded.tables()],
            "keys": [f"{row.agent_id}/{row.branch_id}" for row in loaded[Branch]],
            "by agent": len(loaded[Branch].where("agent_id", "P-1")),
            "reloads": seeds.export(seeds.load_text(seeds.dump_yaml(seeds.export(changed)).decode()))
            == seeds.export(changed),
            "export": seeds.export(loaded) == SEED,
            "full": seeds.export(loaded, full=True)["accounts"][0]["agents"][1]["branches"],
            "json": [json.loads(record_json(row)) for row in (*list(loaded[Branch])[:2], *loaded[Passphrase])],
            "diff": [change_view(change) for change in changed.differences(loaded)],
            "after the agent": [f"{row.agent_id}/{row.branch_id}" for row in bereft[Branch]],
            "mistakes": mistakes(branches=[{"branchId": "b", "content": NUMBER}, {"branchId": "b"}, {"branch": 1}]),
            "schema": list(json_schema()["$defs"]["BranchSeed"]["properties"]),  # type: ignore[index]
            "ids": sorted(catalogue.id_kinds()),
            "broken": broken_invariants(loaded),
        }
    )
)
