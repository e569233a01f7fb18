"""The stream of GetChatContent: events of a session from a checkpoint on, at their times."""

import asyncio
from collections.abc import AsyncIterator

from starlette.responses import Response

from das_tui.demo.auth import Refusal
from das_tui.demo.call import BreakableStream, Call, CutOff
from das_tui.demo.frames import dms_frame, encode
from das_tui.demo.script import Beat, Outcome
from das_tui.demo.session import DmsSession
from das_tui.demo.sessions import Hub
from das_tui.domain.record import Frame

CHUNK_EVENTS = 512
_CHUNK_BYTES = 64 * 1024


def event_stream(content: AsyncIterator[bytes], request_id: str) -> Response:
    """An answer that is a stream of events."""
    headers = {
        "x-acs-request-id": request_id,
        "cache-control": "no-cache",
        "x-accel-buffering": "no",
    }
    return BreakableStream(content, media_type="text/event-stream", headers=headers)


def log_frame(hub: Hub, key: str, frame: Frame) -> None:
    """Note a frame that is about to be sent on the streams of `key`."""
    if hub.log:
        hub.sent.setdefault(key, []).append(frame)


class ChatContent:
    """The handler of GetChatContent."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def handle(self, call: Call) -> Response:
        """The stream of a session; SessionId and AgentId are needed."""
        session_id, agent_id = call.need("SessionId"), call.need("AgentId")
        session = self._hub.known(session_id)
        if session is None:
            raise Refusal(404, "InvalidSession.NotFound", "The session does not exist.")
        if agent_id != session.agent_id:
            raise Refusal(400, "InvalidParameter", "AgentId is not that of the session.")
        checkpoint: int | None = None
        if call.text("Checkpoint") != "":
            checkpoint = call.number("Checkpoint", 0, least=0)
        return event_stream(self._follow(session, checkpoint), call.request_id)

    async def _follow(self, session: DmsSession, checkpoint: int | None) -> AsyncIterator[bytes]:
        """Events from a checkpoint on, at their times, until the session rests.

        A session without a message yet is waited for. At rest the stream ends with `SSE_FINISH`,
        after a failure without it. After each chunk the loop gets its turn: writing to a
        connection that is gone waits for nothing, and its end would not be noticed.
        """
        hub, config = self._hub, self._hub.config
        place, index = session.start(checkpoint, hub.clock(), config)
        count, last_at = 0, hub.clock()
        while not hub.closing:
            chunk: list[bytes] = []
            size = 0
            while len(chunk) < CHUNK_EVENTS and size < _CHUNK_BYTES and place < len(session.turns):
                played = session.played(place)
                if index >= len(played.script.beats):
                    if place + 1 >= len(session.turns):
                        break
                    place, index = place + 1, 0
                    continue
                beat = played.script.beats[index]
                due = session.due(place, beat)
                if due > hub.clock():
                    break
                number = played.checkpoint(beat, config.checkpoint_group)
                frame = dms_frame(beat, due, number, config)
                log_frame(hub, session.session_id, frame)
                chunk.append(encode(frame))
                size += len(chunk[-1])
                index += 1
                count += 1
                if config.cut_after and count >= config.cut_after:
                    yield b"".join(chunk)
                    raise CutOff
            if chunk:
                last_at = hub.clock()
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
            if until <= hub.clock():
                if coming is None or coming > quiet:
                    yield self._mark(session, "HEARTBEAT")
                last_at = hub.clock()
                continue
            await hub.wait(until - hub.clock())

    def _next_due(self, session: DmsSession, place: int, index: int) -> float | None:
        """When the next event of the place comes; None when nothing more is to come."""
        if place >= len(session.turns):
            return None
        beats = session.played(place).script.beats
        return session.due(place, beats[index]) if index < len(beats) else None

    def _mark(self, session: DmsSession, event: str) -> bytes:
        """An event of the stream itself, which no checkpoint counts."""
        beat = Beat(0.0, event, "content", "str", "", 10, -1)
        frame = dms_frame(beat, self._hub.clock(), -1, self._hub.config)
        log_frame(self._hub, session.session_id, frame)
        return encode(frame)
