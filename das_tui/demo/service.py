"""The service: the actions of both clouds on one loopback port.

A request is let in by its signature or by its API key, finds the handler of its action, and gets
the handler's fields in the envelope of the way by which it came.
"""

import secrets
import uuid
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from das_tui.demo import gateway
from das_tui.demo.auth import Key, Refusal, Verifier
from das_tui.demo.call import (
    Answer,
    Call,
    Failure,
    Handler,
    Params,
    body_of,
    body_params,
    refused,
    respond,
)
from das_tui.demo.config import ServiceConfig
from das_tui.demo.das_actions import DasActions
from das_tui.demo.dms_actions import DmsActions
from das_tui.demo.dms_stream import ChatContent
from das_tui.demo.files import FILES, UPLOAD, Files
from das_tui.demo.sessions import Asked, Hub

DAS_VERSION = "2020-01-16"
DMS_VERSION = "2025-04-14"
ENTERPRISE_VERSION = "2018-11-01"
_VERSIONS = {
    "GetDasAgentSSE": DAS_VERSION,
    "Chat": DAS_VERSION,
    "GetActiveRouteUnit": ENTERPRISE_VERSION,
}
"""Versions of the actions that are not of the Data Agent."""

_PATHS = {"/getDasAgentSSE": "GetDasAgentSSE", "/api/v1/chat/stream": "GetChatContent"}
_METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
_MAX_BODY = 1024 * 1024
_THROTTLED_TRIES = 2


def build(config: ServiceConfig) -> Starlette:
    """The application. Its sessions are at `hub_of(app)`."""
    service = _Service(config)
    routes = [
        Route(f"{FILES}{{name}}", service.files.download, methods=_METHODS),
        Route(UPLOAD, service.files.upload, methods=_METHODS),
        Route("/{path:path}", service.handle, methods=_METHODS),
    ]
    if config.api_key:
        routes.insert(0, Route("/apikey", service.handle_key, methods=["POST"]))
    app = Starlette(routes=routes)
    app.state.hub = service.hub
    app.state.files = service.files
    app.state.verifier = service.verifier
    return app


def hub_of(app: Starlette) -> Hub:
    """The sessions of an application made by `build`."""
    hub = app.state.hub
    assert isinstance(hub, Hub)
    return hub


def files_of(app: Starlette) -> Files:
    """The files of an application made by `build`."""
    files = app.state.files
    assert isinstance(files, Files)
    return files


def verifier_of(app: Starlette) -> Verifier:
    """The keys of an application made by `build`."""
    verifier = app.state.verifier
    assert isinstance(verifier, Verifier)
    return verifier


class _Service:
    """The ways in."""

    def __init__(self, config: ServiceConfig) -> None:
        self.config = config
        self.hub = Hub(config)
        self.files = Files(self.hub)
        expires = self.hub.clock() + config.token_seconds if config.token_seconds else 0.0
        key = Key(config.access_key_id, config.access_key_secret, config.security_token, expires)
        self.verifier = Verifier(key, self.hub.clock)
        self._throttled = 0
        self._actions: dict[str, Handler] = {
            **DasActions(self.hub).actions(),
            **DmsActions(self.hub, self.files).actions(),
            **self.files.actions(),
            "GetChatContent": ChatContent(self.hub).handle,
        }

    async def handle(self, request: Request) -> Response:
        """A signed request: verify, find the action, answer."""
        request_id = _new_id()
        host = request.headers.get("host", "")
        try:
            if request.url.path != "/" and request.url.path not in _PATHS:
                raise Refusal(404, "InvalidApi.NotFound", "There is nothing at this path.")
            if request.method != "POST":
                raise Refusal(405, "UnsupportedHTTPMethod", "This service takes POST only.")
            body = await body_of(request, _MAX_BODY)
            query = parse_qsl(request.scope["query_string"].decode("latin-1"), True)
            raw_path = request.scope.get("raw_path") or request.url.path.encode()
            headers = {name: _joined(request, name) for name in request.headers}
            path = raw_path.decode("latin-1").partition("?")[0]
            self.verifier.check(request.method, path, query, headers, body)
            params = dict(query) | body_params(headers.get("content-type", ""), body)
            action = (
                headers.get("x-acs-action")
                or params.get("Action")
                or _PATHS.get(request.url.path, "")
            )
            version = headers.get("x-acs-version") or params.get("Version", "")
            call = Call(action, params, request_id, _base(request))
            try:
                answer = await self._run(call, version)
            except Failure as failure:
                answer = failure.body()
            if isinstance(answer, Response):
                return answer
            return respond(200, {"RequestId": request_id, **answer}, request_id)
        except Refusal as refusal:
            return refused(refusal, request_id, host)
        except ClientDisconnect:
            return Response(status_code=400)

    async def handle_key(self, request: Request) -> Response:
        """A request of the API-key gateway: everything is in the JSON body."""
        request_id, action = _new_id(), ""
        given = request.headers.get("x-api-key", "")
        if not secrets.compare_digest(given.encode(), self.config.api_key.encode()):
            return gateway.wrong_key(request_id)
        try:
            params = gateway.read(await body_of(request, _MAX_BODY))
            action = params.get("Action", "")
            call = Call(gateway.action_of(action), params, request_id, _base(request), True)
            answer = await self._run(call, params.get("Version", ""))
            if isinstance(answer, Response):
                return answer
            return gateway.good(action, answer, request_id)
        except (Refusal, Failure) as error:
            return gateway.bad(action, error, request_id)
        except ClientDisconnect:
            return Response(status_code=400)

    async def _run(self, call: Call, version: str) -> Answer:
        handler = self._actions.get(call.action)
        if handler is None:
            known = {name.lower() for name in self._actions}
            if call.action.lower() in known:
                raise Refusal(403, "InvalidAction", "Action names are case-sensitive.")
            raise Refusal(
                404,
                "InvalidApi.NotFound",
                "Specified api is not found, please check your url and method.",
            )
        if version != _VERSIONS.get(call.action, DMS_VERSION):
            raise Refusal(
                404, "InvalidApi.NotFound", f"{call.action} does not exist in version {version!r}."
            )
        self.hub.note(Asked(call.action, _named(call.params), _way(call), self.hub.clock()))
        self._refuse_by_scenario(call.action)
        return await handler(call)

    def _refuse_by_scenario(self, action: str) -> None:
        """The scenarios that are HTTP errors."""
        if action not in {"GetDasAgentSSE", "Chat", "SendChatMessage"}:
            return
        if self.config.scenario == "forbidden":
            prefix = "dms" if action == "SendChatMessage" else "hdm"
            raise Refusal(
                403,
                "NoPermission",
                f"You are not authorized to do this action. Action: {prefix}:{action}.",
            )
        if self.config.scenario == "throttled" and self._throttled < _THROTTLED_TRIES:
            self._throttled += 1
            raise Refusal(
                429,
                "Throttling.User",
                "Request was denied due to user flow control.",
                {"x-acs-retry-after": "300"},
            )


def _named(params: Params) -> dict[str, str]:
    """The parameters without those that say which action it is."""
    return {name: value for name, value in params.items() if name not in {"Action", "Version"}}


def _way(call: Call) -> str:
    return "api-key" if call.by_key else "signed"


def _new_id() -> str:
    return str(uuid.uuid4()).upper()


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.headers.get('host', '')}"


def _joined(request: Request, name: str) -> str:
    return ",".join(request.headers.getlist(name))
