"""The service: the actions of both clouds on one loopback port."""

import asyncio
import contextlib
import json
import secrets
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from das_tui.demo import scenarios
from das_tui.demo.auth import Refusal, Verifier
from das_tui.demo.config import ServiceConfig
from das_tui.demo.frames import chat_frames, das_frames, dms_frame, encode
from das_tui.demo.script import Beat, Outcome
from das_tui.demo.sessions import DmsSession, Hub
from das_tui.domain.record import Frame

DAS_VERSION = "2020-01-16"
DMS_VERSION = "2025-04-14"
_VERSIONS = {
    "GetDasAgentSSE": DAS_VERSION,
    "Chat": DAS_VERSION,
    "CreateDataAgentSession": DMS_VERSION,
    "SendChatMessage": DMS_VERSION,
    "GetChatContent": DMS_VERSION,
    "DescribeDataAgentSession": DMS_VERSION,
    "ListDataAgentSession": DMS_VERSION,
}
_PATHS = {"/getDasAgentSSE": "GetDasAgentSSE", "/api/v1/chat/stream": "GetChatContent"}
_METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]
_KINDS = frozenset({"primary", "additional", "report", "cancel"})
_CHUNK_EVENTS = 512
_CHUNK_BYTES = 64 * 1024
_MAX_BODY = 1024 * 1024
_THROTTLED_TRIES = 2

Params = Mapping[str, str]


def build(config: ServiceConfig) -> Starlette:
    """The application. Its sessions are at `hub_of(app)`."""
    service = _Service(config)
    routes = [Route("/{path:path}", service.handle, methods=_METHODS)]
    if config.api_key:
        routes.insert(0, Route("/apikey", service.handle_key, methods=["POST"]))
    app = Starlette(routes=routes)
    app.state.hub = service.hub
    return app


def hub_of(app: Starlette) -> Hub:
    """The sessions of an application made by `build`."""
    hub = app.state.hub
    assert isinstance(hub, Hub)
    return hub


class _Service:
    """The handlers. Each action gets its parameters and answers with JSON or a stream."""

    def __init__(self, config: ServiceConfig) -> None:
        self.config = config
        self.hub = Hub(config)
        self._verifier = Verifier(config.access_key_id, config.access_key_secret, self._clock)
        self._throttled = 0
        self._actions: dict[str, Callable[[Params, str], Awaitable[Response]]] = {
            "GetDasAgentSSE": self._ask_das,
            "Chat": self._chat,
            "CreateDataAgentSession": self._create,
            "SendChatMessage": self._send,
            "GetChatContent": self._content,
            "DescribeDataAgentSession": self._describe,
            "ListDataAgentSession": self._list,
        }

    def _clock(self) -> float:
        return self.hub.clock()

    # --- ways in -------------------------------------------------------------------------------

    async def handle(self, request: Request) -> Response:
        """A signed request: verify, find the action, answer."""
        request_id = str(uuid.uuid4()).upper()
        host = request.headers.get("host", "")
        try:
            if request.url.path != "/" and request.url.path not in _PATHS:
                raise Refusal(404, "InvalidApi.NotFound", "There is nothing at this path.")
            if request.method != "POST":
                raise Refusal(405, "UnsupportedHTTPMethod", "This service takes POST only.")
            body = await _body(request)
            query = parse_qsl(request.scope["query_string"].decode("latin-1"), True)
            raw_path = request.scope.get("raw_path") or request.url.path.encode()
            headers = {name: _joined(request, name) for name in request.headers}
            path = raw_path.decode("latin-1").partition("?")[0]
            self._verifier.check(request.method, path, query, headers, body)
            params = dict(query) | _form(headers.get("content-type", ""), body)
            action = (
                headers.get("x-acs-action")
                or params.get("Action")
                or _PATHS.get(request.url.path, "")
            )
            version = headers.get("x-acs-version") or params.get("Version", "")
            return await self._run(action, version, params, request_id)
        except Refusal as refusal:
            return _refused(refusal, request_id, host)
        except ClientDisconnect:
            return Response(status_code=400)

    async def handle_key(self, request: Request) -> Response:
        """A request of the API-key gateway: everything is in the JSON body."""
        request_id = str(uuid.uuid4()).upper()
        given = request.headers.get("x-api-key", "")
        if not secrets.compare_digest(given.encode(), self.config.api_key.encode()):
            value = {
                "success": False,
                "code": "InvalidApiKey",
                "msg": "The API key is not valid.",
                "requestId": request_id,
            }
            return _json(401, value, request_id)
        try:
            params = _flat(json.loads(await _body(request)))
            return await self._run(
                params.get("Action", ""), params.get("Version", ""), params, request_id
            )
        except Refusal as refusal:
            return _refused(refusal, request_id, request.headers.get("host", ""))
        except ValueError:
            bad = Refusal(400, "InvalidParameter", "The body is not a JSON object.")
            return _refused(bad, request_id, request.headers.get("host", ""))

    async def _run(self, action: str, version: str, params: Params, request_id: str) -> Response:
        if action not in _VERSIONS:
            known = {name.lower() for name in _VERSIONS}
            if action.lower() in known:
                raise Refusal(403, "InvalidAction", "Action names are case-sensitive.")
            raise Refusal(
                404,
                "InvalidApi.NotFound",
                "Specified api is not found, please check your url and method.",
            )
        if version != _VERSIONS[action]:
            raise Refusal(
                404, "InvalidApi.NotFound", f"{action} does not exist in version {version!r}."
            )
        self._refuse_by_scenario(action)
        return await self._actions[action](params, request_id)

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

    # --- DAS -------------------------------------------------------------------------------------

    async def _ask_das(self, params: Params, request_id: str) -> Response:
        question = _need(params, "Query")
        if self.config.rate is not None:
            return self._stream(self._das_load(self.config.rate, request_id), request_id)
        self._refuse_busy()
        session, name = self.hub.ask_das(params.get("SessionId", ""), question)
        script = scenarios.play_das(name, question, session.seed + len(session.asked))
        frames = das_frames(script, session.session_id, request_id)
        key = f"das:{session.session_id}:{len(session.asked)}"
        return self._stream(self._timed(frames, key, self.config.speed), request_id)

    async def _chat(self, params: Params, request_id: str) -> Response:
        question = _chat_text(_need(params, "Message"))
        if self.config.rate is not None:
            return self._stream(self._das_load(self.config.rate, request_id), request_id)
        self._refuse_busy()
        session, name = self.hub.ask_das(params.get("SessionId", ""), question)
        seed = session.seed + len(session.asked)
        script = scenarios.play_das(name, question, seed)
        frames = chat_frames(
            script, question, session.session_id, seed, self._clock(), self.config.speed
        )
        key = f"das:{session.session_id}:{len(session.asked)}"
        return self._stream(self._timed(frames, key, self.config.speed), request_id)

    def _refuse_busy(self) -> None:
        limit = self.config.das_limit
        if limit and self.hub.das_running >= limit:
            raise Refusal(
                429,
                "Throttling.UserConcurrentLimit",
                f"At most {limit} conversations at a time are allowed.",
                {"x-acs-retry-after": "2000"},
            )

    async def _timed(
        self, frames: Iterator[tuple[float, Frame]], key: str, speed: float
    ) -> AsyncIterator[bytes]:
        """Frames at their times; what is due together goes as one chunk."""
        hub, started = self.hub, self._clock()
        hub.das_running += 1
        chunk: list[bytes] = []
        try:
            for at, frame in frames:
                due = started + (at / speed if speed else 0.0)
                if due > self._clock() or len(chunk) >= _CHUNK_EVENTS:
                    if chunk:
                        yield b"".join(chunk)
                        chunk = []
                        await asyncio.sleep(0)
                    while (left := due - self._clock()) > 0 and not hub.closing:
                        await hub.wait(left)
                    if hub.closing:
                        return
                self._logged(key, frame)
                chunk.append(encode(frame))
            if chunk:
                yield b"".join(chunk)
        finally:
            hub.das_running -= 1

    async def _das_load(self, rate: float, request_id: str) -> AsyncIterator[bytes]:
        """An endless DAS answer of `rate` events a second."""
        session_id = str(uuid.uuid4())
        started, count = self._clock(), 0
        while not self.hub.closing:
            due = int((self._clock() - started) * rate) + 1
            if due <= count:
                await self.hub.wait((count / rate) - (self._clock() - started))
                continue
            upto = min(due, count + _CHUNK_EVENTS)
            lines = []
            for number in range(count, upto):
                text = f"piece {number} of an endless answer, "
                if number % 40 == 39:
                    text += "\n\n"
                value = {
                    "Id": session_id,
                    "Answer": text,
                    "Event": "agent_message",
                    "Metadata": {"RequestId": request_id},
                }
                lines.append(f"data:{json.dumps(value)}\n\n".encode())
            count = upto
            yield b"".join(lines)
            await asyncio.sleep(0)

    # --- DMS: JSON actions -------------------------------------------------------------------

    async def _create(self, params: Params, request_id: str) -> Response:
        session = self.hub.create(params.get("Title", ""), _object(params, "SessionConfig"))
        return _answer(self._row(session), request_id)

    async def _send(self, params: Params, request_id: str) -> Response:
        """`Success` is a string here, as the SDK types it."""
        message = params.get("Message", "")
        kind = params.get("MessageType", "primary").lower() or "primary"
        if kind not in _KINDS:
            raise Refusal(400, "InvalidParameter", f"MessageType {kind!r} is not valid.")
        if not message and kind != "cancel":
            raise _missing("Message")
        if kind == "additional" and not params.get("Question"):
            raise _missing("Question")
        session_id = params.get("SessionId", "")
        if not session_id:
            session = self.hub.create(message[:40], _object(params, "SessionConfig"))
        elif (found := self.hub.dms.get(session_id)) is not None:
            session = found
        else:
            return _failed("InvalidSession", "The session does not exist.", request_id)
        if params.get("AgentId") and params["AgentId"] != session.agent_id:
            return _failed("InvalidAgent", "The agent is not that of the session.", request_id)
        if not session.turns:
            session.config |= _object(params, "SessionConfig")
        message_id = f"msg_{uuid.uuid4().hex[:16]}"
        if kind == "cancel":
            self.hub.cancel(session)
        elif session.running(self._clock()):
            return _failed(
                "SessionIsRunning", "The session is busy; read its stream first.", request_id
            )
        else:
            message_id = self.hub.send(session, message, kind, _database(params)).message_id
        data = {
            "SessionId": session.session_id,
            "AgentId": session.agent_id,
            "MessageId": message_id,
            "Message": message,
        }
        return _answer(data, request_id, success="true")

    async def _describe(self, params: Params, request_id: str) -> Response:
        """An unknown session is told by an answer without AgentId, as the cloud does."""
        session_id = _need(params, "SessionId")
        session = self.hub.dms.get(session_id)
        if session is None:
            data = {"SessionId": session_id, "SessionStatus": "CREATING"}
            return _answer(data, request_id)
        messages = [
            {
                "Id": turn.message_id,
                "Content": turn.message,
                "SendTime": _when(turn.started),
                "Status": "SUCCESS",
            }
            for turn in session.turns
        ]
        reports = [t for t in session.turns if t.part in {"analysis.report", "report"}]
        artifacts = [
            {
                "Id": turn.message_id,
                "Name": f"{session.title or 'Report'}.html",
                "Type": "WebReport",
                "Status": "RUNNING"
                if turn is session.turns[-1] and session.running(self._clock())
                else "SUCCESS",
                "StartTime": _when(turn.started),
            }
            for turn in reports
        ]
        sources = [{"DataSourceType": "database", "DbName": session.database}]
        data = self._row(session) | {
            "UserId": "1000000000000001",
            "Messages": messages,
            "Artifacts": artifacts,
            "ChatHistoryLocations": [],
            "DataSources": sources if session.database else [],
            "Capabilities": [],
            "RecallResults": [],
            "FavoriteInWorkspace": False,
        }
        return _answer(data, request_id)

    async def _list(self, params: Params, request_id: str) -> Response:
        page = _number(params, "PageNumber", 1)
        size = min(_number(params, "PageSize", 10), 100)
        wanted = params.get("Title", "").lower()
        found = [s for s in self.hub.dms.values() if wanted in s.title.lower()]
        found.sort(key=lambda session: session.created, reverse=True)
        rows = [self._row(session) for session in found[(page - 1) * size : page * size]]
        more: dict[str, Any] = {
            "PageNumber": page,
            "PageSize": size,
            "Total": len(found),
            "TotalPages": -(-len(found) // size),
        }
        return _answer(rows, request_id, more=more)

    def _row(self, session: DmsSession) -> dict[str, Any]:
        return {
            "SessionId": session.session_id,
            "AgentId": session.agent_id,
            "AgentStatus": "RUNNING",
            "SessionStatus": session.status(self._clock()),
            "Title": session.title,
            "CreateTime": _when(session.created),
            "File": "",
            "Saved": False,
            "SessionConfig": session.config,
        }

    # --- DMS: the stream ---------------------------------------------------------------------

    async def _content(self, params: Params, request_id: str) -> Response:
        session_id, agent_id = _need(params, "SessionId"), _need(params, "AgentId")
        session = self.hub.dms.get(session_id)
        if session is None:
            raise Refusal(404, "InvalidSession.NotFound", "The session does not exist.")
        if agent_id != session.agent_id:
            raise Refusal(400, "InvalidParameter", "AgentId is not that of the session.")
        checkpoint: int | None = None
        if params.get("Checkpoint", "") != "":
            checkpoint = _number(params, "Checkpoint", 0, least=0)
        return self._stream(self._follow(session, checkpoint), request_id)

    async def _follow(self, session: DmsSession, checkpoint: int | None) -> AsyncIterator[bytes]:
        """Events from a checkpoint on, at their times, until the session rests.

        A session without a message yet is waited for. At rest the stream ends with `SSE_FINISH`,
        after a failure without it. After each chunk the loop gets its turn: writing to a
        connection that is gone waits for nothing, and its end would not be noticed.
        """
        hub, config = self.hub, self.config
        place, index = session.start(checkpoint, self._clock(), config)
        count, last_at = 0, self._clock()
        while not hub.closing:
            chunk: list[bytes] = []
            size = 0
            while len(chunk) < _CHUNK_EVENTS and size < _CHUNK_BYTES and place < len(session.turns):
                played = session.played(place)
                if index >= len(played.script.beats):
                    if place + 1 >= len(session.turns):
                        break
                    place, index = place + 1, 0
                    continue
                beat = played.script.beats[index]
                due = session.due(place, beat)
                if due > self._clock():
                    break
                number = played.checkpoint(beat, config.checkpoint_group)
                frame = dms_frame(beat, due, number, config)
                self._logged(session.session_id, frame)
                chunk.append(encode(frame))
                size += len(chunk[-1])
                index += 1
                count += 1
                if config.cut_after and count >= config.cut_after:
                    yield b"".join(chunk)
                    raise _CutOff
            if chunk:
                last_at = self._clock()
                yield b"".join(chunk)
                await asyncio.sleep(0)
                continue
            coming = self._next_due(session, place, index)
            if coming is None and session.turns:
                failed = session.turns[place].outcome == Outcome.FAILED
                if failed or config.end_stream:
                    if not failed:
                        yield self._mark(session, "SSE_FINISH")
                    return
            quiet = last_at + config.heartbeat
            until = quiet if coming is None else min(coming, quiet)
            if until <= self._clock():
                if coming is None or coming > quiet:
                    yield self._mark(session, "HEARTBEAT")
                last_at = self._clock()
                continue
            await hub.wait(until - self._clock())

    def _next_due(self, session: DmsSession, place: int, index: int) -> float | None:
        """When the next event of the place comes; None when nothing more is to come."""
        if place >= len(session.turns):
            return None
        beats = session.played(place).script.beats
        return session.due(place, beats[index]) if index < len(beats) else None

    def _mark(self, session: DmsSession, event: str) -> bytes:
        """An event of the stream itself, which no checkpoint counts."""
        beat = Beat(0.0, event, "content", "str", "", 10, -1)
        frame = dms_frame(beat, self._clock(), -1, self.config)
        self._logged(session.session_id, frame)
        return encode(frame)

    # --- common ----------------------------------------------------------------------------------

    def _logged(self, key: str, frame: Frame) -> None:
        if self.hub.log:
            self.hub.sent.setdefault(key, []).append(frame)

    def _stream(self, content: AsyncIterator[bytes], request_id: str) -> Response:
        headers = {
            "x-acs-request-id": request_id,
            "cache-control": "no-cache",
            "x-accel-buffering": "no",
        }
        return _EventStream(content, media_type="text/event-stream", headers=headers)


class _CutOff(Exception):
    """The stream is to be broken off."""


class _EventStream(StreamingResponse):
    """A stream that a `_CutOff` ends without the mark of a complete body."""

    async def stream_response(self, send: Any) -> None:
        # Returning without the last chunk makes the server drop the connection.
        with contextlib.suppress(_CutOff):
            await super().stream_response(send)


async def _body(request: Request) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > _MAX_BODY:
            raise Refusal(413, "RequestEntityTooLarge", "The body is too large.")
        parts.append(part)
    return b"".join(parts)


def _joined(request: Request, name: str) -> str:
    return ",".join(request.headers.getlist(name))


def _form(content_type: str, body: bytes) -> dict[str, str]:
    """Parameters of a form or JSON body."""
    kind = content_type.partition(";")[0].strip().lower()
    if not body:
        return {}
    if kind == "application/x-www-form-urlencoded":
        return dict(parse_qsl(body.decode("utf-8", "replace"), True))
    if kind == "application/json":
        try:
            return _flat(json.loads(body))
        except ValueError:
            raise Refusal(400, "InvalidParameter", "The body is not a JSON object.") from None
    return {}


def _flat(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return {
        str(name): item if isinstance(item, str) else json.dumps(item)
        for name, item in value.items()
        if item is not None
    }


def _chat_text(message: str) -> str:
    """The words in the `Message` of Chat: JSON with `content` as text or as typed parts."""
    try:
        value = json.loads(message)
    except ValueError:
        return message
    content = value.get("content") if isinstance(value, dict) else None
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        texts = [part.get("text", "") for part in content if isinstance(part, dict)]
        return "".join(text for text in texts if isinstance(text, str)) or message
    return message


def _database(params: Params) -> str:
    """`DbName` of the first data source."""
    for name in ("DataSources", "DataSource"):
        try:
            value = json.loads(params.get(name, "") or "null")
        except ValueError:
            continue
        first = value[0] if isinstance(value, list) and value else value
        if isinstance(first, dict) and isinstance(first.get("DbName"), str):
            return str(first["DbName"])
    return ""


def _need(params: Params, name: str) -> str:
    value = params.get(name, "")
    if not value:
        raise _missing(name)
    return value


def _missing(name: str) -> Refusal:
    return Refusal(400, "MissingParameter", f"{name} is mandatory for this action.")


def _number(params: Params, name: str, default: int, *, least: int = 1) -> int:
    text = params.get(name, "")
    if text == "":
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 18 or int(text) < least:
        raise Refusal(400, "InvalidParameter", f"{name} is not valid.")
    return int(text)


def _object(params: Params, name: str) -> dict[str, Any]:
    text = params.get(name, "")
    if not text:
        return {}
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Refusal(400, "InvalidParameter", f"{name} is not a JSON object.")
    return value


def _when(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _answer(
    data: Any, request_id: str, success: bool | str = True, more: Mapping[str, Any] | None = None
) -> Response:
    value = {"RequestId": request_id, "Success": success, "Data": data, **(more or {})}
    return _json(200, value, request_id)


def _failed(code: str, message: str, request_id: str) -> Response:
    """An error of SendChatMessage inside HTTP 200."""
    value = {
        "RequestId": request_id,
        "Success": "false",
        "ErrorCode": code,
        "ErrorMessage": message,
    }
    return _json(200, value, request_id)


def _refused(refusal: Refusal, request_id: str, host: str) -> Response:
    response = _json(refusal.status, refusal.body(request_id, host), request_id)
    for name, value in refusal.headers.items():
        response.headers[name] = value
    return response


def _json(status: int, value: Any, request_id: str) -> Response:
    return JSONResponse(value, status_code=status, headers={"x-acs-request-id": request_id})
