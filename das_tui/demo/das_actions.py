"""The DAS actions: answers that are streams, played against the clock."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Iterator

from das_tui.demo import scenarios
from das_tui.demo.auth import Refusal
from das_tui.demo.call import Answer, Call, Handler
from das_tui.demo.dms_stream import CHUNK_EVENTS, event_stream, log_frame
from das_tui.demo.frames import chat_frames, das_frames, encode
from das_tui.demo.sessions import Hub
from das_tui.domain.record import Frame


class DasActions:
    """The handlers of GetDasAgentSSE and Chat."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def actions(self) -> dict[str, Handler]:
        """The handlers by the names of their actions."""
        return {"GetDasAgentSSE": self._ask, "Chat": self._chat}

    async def _ask(self, call: Call) -> Answer:
        question = call.need("Query")
        hub, config = self._hub, self._hub.config
        if config.rate is not None:
            return event_stream(self._load(config.rate, call.request_id), call.request_id)
        self._refuse_busy()
        session, name = hub.ask_das(call.text("SessionId"), question)
        script = scenarios.play_das(name, question, session.seed + len(session.asked))
        frames = das_frames(script, session.session_id, call.request_id)
        key = f"das:{session.session_id}:{len(session.asked)}"
        return event_stream(self._timed(frames, key, config.speed), call.request_id)

    async def _chat(self, call: Call) -> Answer:
        question = chat_text(call.need("Message"))
        hub, config = self._hub, self._hub.config
        if config.rate is not None:
            return event_stream(self._load(config.rate, call.request_id), call.request_id)
        self._refuse_busy()
        session, name = hub.ask_das(call.text("SessionId"), question)
        seed = session.seed + len(session.asked)
        script = scenarios.play_das(name, question, seed)
        frames = chat_frames(script, question, session.session_id, seed, hub.clock(), config.speed)
        key = f"das:{session.session_id}:{len(session.asked)}"
        return event_stream(self._timed(frames, key, config.speed), call.request_id)

    def _refuse_busy(self) -> None:
        limit = self._hub.config.das_limit
        if limit and self._hub.das_running >= limit:
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
        hub, started = self._hub, self._hub.clock()
        hub.das_running += 1
        chunk: list[bytes] = []
        try:
            for at, frame in frames:
                due = started + (at / speed if speed else 0.0)
                if due > hub.clock() or len(chunk) >= CHUNK_EVENTS:
                    if chunk:
                        yield b"".join(chunk)
                        chunk = []
                        await asyncio.sleep(0)
                    while (left := due - hub.clock()) > 0 and not hub.closing:
                        await hub.wait(left)
                    if hub.closing:
                        return
                log_frame(hub, key, frame)
                chunk.append(encode(frame))
            if chunk:
                yield b"".join(chunk)
        finally:
            hub.das_running -= 1

    async def _load(self, rate: float, request_id: str) -> AsyncIterator[bytes]:
        """An endless answer of `rate` events a second."""
        hub = self._hub
        session_id = str(uuid.uuid4())
        started, count = hub.clock(), 0
        while not hub.closing:
            due = int((hub.clock() - started) * rate) + 1
            if due <= count:
                await hub.wait((count / rate) - (hub.clock() - started))
                continue
            upto = min(due, count + CHUNK_EVENTS)
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


def chat_text(message: str) -> str:
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
