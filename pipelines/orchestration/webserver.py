"""Dagster's webserver behind a guard: `python -m pipelines.orchestration.webserver` takes the options of `dagster-webserver`.

The UI asks for no password, so what reaches it may start runs. A web page in the operator's browser could: by a request of
its own, or by a name that it lets point to this machine (DNS rebinding). Names of STAMGAST_UI_NAMES, separated by commas,
are accepted beside those of this machine.
"""

import os
from collections.abc import Awaitable, Callable, Collection, Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from pipelines.orchestration.dagster_internals import serve_webserver

NAMES = "STAMGAST_UI_NAMES"
_OF_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


class Guard:
    """ASGI middleware that lets a request through only by a name of the server, from its own pages, and mutations by POST alone."""

    def __init__(self, app: App, names: Collection[str]) -> None:
        self._app, self._names = app, _OF_THIS_MACHINE | {name.lower() for name in names}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answers 403 in one sentence, or closes the socket, where the request is not to be let through."""
        refusal = self._refusal(scope) if scope["type"] in ("http", "websocket") else None
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            headers = [(b"content-type", b"text/plain; charset=utf-8")]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": f"{refusal}\n".encode()})

    def _refusal(self, scope: Message) -> str | None:
        headers: Mapping[bytes, bytes] = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if (_name_of(f"//{host}") or "") not in self._names:
            return "this name is not one of the server's; open it by its address, or start it with --name"
        origin = headers.get(b"origin")
        if origin is not None and urlsplit(origin.decode("latin-1").lower()).netloc != host:
            return "a page of another site may not use the UI"
        # The page with a form for queries has no query string.
        is_query = scope["path"].rstrip("/").endswith("/graphql") and scope["query_string"]
        if scope["type"] == "http" and scope["method"] != "POST" and is_query:
            return "a query by GET is not answered; send it by POST"
        return None


def _name_of(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


def main() -> None:
    """Serves until interrupted."""
    names = [name for name in os.environ.get(NAMES, "").split(",") if name]
    serve_webserver(lambda app: Guard(app, names))


if __name__ == "__main__":
    main()
