"""A recorded session: requests to one server, in order, each with its answer."""

import json
import re
from types import TracebackType
from typing import Any, Self

import httpx

from tests.client import InProcess, server
from tests.recorded import files

NAME = "session"
SEED = files.FOLDER / "session.yaml"
HEADERS = ("content-type", "allow", "retry-after", "x-polyai-correlation-id", "access-control-allow-origin")

Row = dict[str, Any]


class Session:
    """A client of a server of its own, which has room for five worlds and for bodies of two thousand bytes."""

    def __init__(self) -> None:
        app = server(str(SEED), max_worlds=5, max_body_bytes=2_000, instance="recorded")
        self._http = httpx.Client(transport=InProcess(app))
        self.rows: list[Row] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def api(
        self, method: str, path: str, body: object = ..., *, key: str | None = "demo-key", **headers: str
    ) -> httpx.Response | None:
        """Ask the API; a path without a leading slash is one of the support agent's telephony."""
        target = path if path.startswith("/") else f"/v1/agents/PROJECT-58RP822I/telephony/{path}"
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._record(method, target, body, sent if key is None else {"x-api-key": key, **sent})

    def control(self, method: str, path: str, body: object = ..., **headers: str) -> httpx.Response | None:
        """Ask the control plane."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if method in ("POST", "PUT", "PATCH"):
            sent = {"content-type": "application/json", **sent}
        return self._record(method, f"/_mock/{path}", body, sent)

    def answer(self, request: Row) -> Row:
        """Send a recorded request, and return what is recorded of an answer; `{}` for a connection that breaks."""
        response = self._send(request)
        return {} if response is None else _seen(response)

    def _record(self, method: str, target: str, body: object, headers: dict[str, str]) -> httpx.Response | None:
        content = "" if body is ... else body if isinstance(body, str) else json.dumps(body)
        request = {"method": method, "target": target, "headers": headers, "content": content}
        response = self._send(request)
        self.rows.append({"request": request, "answer": {} if response is None else _seen(response)})
        return response

    def _send(self, request: Row) -> httpx.Response | None:
        url = httpx.URL("http://mock").copy_with(raw_path=request["target"].encode())
        sent = httpx.Request(request["method"], url, headers=request["headers"], content=request["content"].encode())
        try:
            return self._http.send(sent)
        except httpx.HTTPError:
            raise
        except Exception:  # a fault breaks the connection, which in process raises an error of the server's own
            return None


def _seen(response: httpx.Response) -> Row:
    headers = {name: response.headers[name] for name in HEADERS if name in response.headers}
    return {"status": response.status_code, "headers": headers, "body": response.text}


def record() -> None:
    """Record all of it: each part in a fresh world, and at its end what has become of that."""
    from tests.recorded import control_requests as control
    from tests.recorded import telephony_requests as telephony

    with Session() as session:
        for part in (
            telephony.access,
            telephony.connectors,
            telephony.numbers,
            telephony.calls,
            telephony.policies,
            control.journal,
            control.faults,
            control.refused_faults,
            control.state,
        ):
            part(session)
            session.control("GET", "worlds/default/diff")
            session.control("GET", "worlds/default/requests")
            session.control("POST", "worlds/default/reset", {})
        control.clock(session)
        control.worlds(session)
        files.write(NAME, [{**row, "answer": _settled(row["answer"])} for row in session.rows])


def _settled(answer: Row) -> Row:
    """Return an answer without what the machine's own clock makes different each time."""
    body = re.sub(r'("durationMs":|"uptimeSeconds":)[0-9.]+', r"\g<1>0.0", answer.get("body", ""))
    body = re.sub(r'("frozen":false,"now":)"[^"]*"', r'\g<1>""', body)
    return {**answer, "body": body} if answer else answer
