"""The UI answers its own pages under its own names, and nobody else's."""

import asyncio
from typing import Any

import pytest

from pipelines.orchestration.webserver import Guard, Message

OWN = "127.0.0.1:3000"


def _ask(kind: str = "http", *, host: str = OWN, **said: Any) -> Message:
    """What comes first out of an app of one answer behind the guard."""
    sent: list[Message] = []

    async def app(_: Message, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200})

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"host", host.encode())]
    if "origin" in said:
        headers.append((b"origin", said["origin"].encode()))
    scope = {
        "type": kind,
        "method": said.get("method", "POST"),
        "path": said.get("path", "/graphql"),
        "query_string": said.get("query", b""),
        "headers": headers,
    }
    asyncio.run(Guard(app, ["ui.shop.example"])(scope, receive, send))
    return sent[0]


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"origin": "http://127.0.0.1:3000"},
        {"host": "localhost:3000", "origin": "http://localhost:3000"},
        {"host": "[::1]:3000"},
        {"host": "UI.shop.example", "origin": "https://ui.shop.example"},
        {"method": "GET", "path": "/runs"},
        {"method": "GET", "path": "/graphql"},
    ],
)
def test_its_own_pages_and_programs_on_this_machine_are_answered(said: dict[str, Any]) -> None:
    assert _ask(**said)["status"] == 200


@pytest.mark.parametrize(
    "said",
    [
        {"host": "evil.example"},
        {"host": "127.0.0.1.evil.example:3000"},
        {"host": ""},
        {"host": "[::1"},
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:8080"},
        {"origin": "null"},
        {"method": "GET", "query": b"query=mutation{launchRun}"},
        {"method": "GET", "path": "/prefix/graphql", "query": b"a=1&query=%7B"},
        {"method": "GET", "query": b"%71uery=mutation%7BlaunchRun%7D"},
        {"method": "HEAD", "query": b"quer%79=mutation"},
    ],
)
def test_foreign_names_foreign_pages_and_queries_by_get_are_not(said: dict[str, Any]) -> None:
    assert _ask(**said)["status"] == 403


def test_a_foreign_page_opens_no_socket() -> None:
    assert _ask("websocket", origin="https://evil.example") == {"type": "websocket.close", "code": 1008}
    assert _ask("websocket", origin=f"http://{OWN}")["status"] == 200
