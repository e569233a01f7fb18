"""Beats and pieces as frames of the wire."""

import json
import random
import time
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from das_tui.demo.config import ServiceConfig
from das_tui.demo.script import Beat, Piece, dumps, pieces
from das_tui.domain.record import Frame


def dms_frame(beat: Beat, at: float, checkpoint: int, config: ServiceConfig) -> Frame:
    """One DMS event that happened at `at`; `checkpoint` is -1 for one without."""
    event, category = beat.event, beat.category
    if config.upper_case:
        event, category = event.upper(), category.upper()
    fields: dict[str, Any] = {"content": beat.content}
    if config.json_event_type:
        fields["event_type"] = event
    fields["content_type"] = beat.content_type
    if checkpoint >= 0:
        fields["checkpoint"] = checkpoint
    fields["level"] = beat.level
    fields["category"] = category
    fields["timestamp"] = str(int(at))
    name = f"{event} at {stamp(at)}" if config.event_line else ""
    return Frame(name, dumps(fields).encode())


def stamp(at: float) -> str:
    """The time behind `event:NAME at`, UTC to the millisecond."""
    whole = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at))
    return f"{whole}.{int(at * 1000) % 1000:03d}"


def encode(frame: Frame, *, space: bool = False) -> bytes:
    """The frame as bytes of an event stream."""
    head = f"event:{frame.event}\n".encode() if frame.event else b""
    return b"%sdata:%s%s\n\n" % (head, b" " if space else b"", frame.data)


def das_frames(
    script: Sequence[Piece], session_id: str, request_id: str
) -> Iterator[tuple[float, Frame]]:
    """The events of GetDasAgentSSE with their times in seconds from the start."""
    for piece in script:
        metadata: dict[str, Any] = {"RequestId": request_id}
        answer, event = piece.text, "agent_message"
        if piece.kind == "tool":
            answer = ""
            metadata |= {"ToolName": piece.name, "ToolParams": list(piece.params)}
        elif piece.kind == "error":
            event = "error"
            metadata["Code"] = piece.code
        elif piece.kind == "summary":
            event = "summary"
            metadata["CharCount"] = piece.code
        value = {"Id": session_id, "Answer": answer, "Event": event, "Metadata": metadata}
        yield piece.at, Frame("", dumps(value).encode())


def chat_frames(
    script: Sequence[Piece], message: str, session_id: str, seed: int, started: float, speed: float
) -> Iterator[tuple[float, Frame]]:
    """The same answer as the AG-UI events of `Chat`, ending with `[DONE]`."""
    rng = random.Random(seed)
    run_id = str(uuid.UUID(int=rng.getrandbits(128)))
    echo = f"m-user-{seed % 10_000}"

    def frame(at: float, kind: str, **fields: Any) -> tuple[float, Frame]:
        stamped = int((started + (at / speed if speed else 0.0)) * 1000)
        return at, Frame("", dumps({"Type": kind, **fields, "Timestamp": stamped}).encode())

    yield frame(0.1, "RUN_STARTED", RunId=run_id, ThreadId=session_id)
    yield frame(0.15, "TEXT_MESSAGE_START", MessageId=echo, Role="user")
    yield frame(0.2, "TEXT_MESSAGE_CONTENT", MessageId=echo, Delta=message)
    yield frame(0.25, "TEXT_MESSAGE_END", MessageId=echo)
    yield frame(0.4, "ACTIVITY_DELTA", ActivityType="waiting_for_agent_thinking", Patch=[])
    yield frame(0.5, "STEP_STARTED", StepName="diagnose", Kind="task", Label="Diagnosis agent")
    spoken = calls = 0
    lane = ""
    for piece in script:
        at = piece.at
        if piece.kind == "text":
            if not lane:
                spoken += 1
                lane = f"m-{seed % 10_000}-{spoken}"
                yield frame(at, "TEXT_MESSAGE_START", MessageId=lane, Role="assistant")
            yield frame(at, "TEXT_MESSAGE_CONTENT", MessageId=lane, Delta=piece.text)
            continue
        if lane:
            yield frame(at, "TEXT_MESSAGE_END", MessageId=lane)
        if piece.kind == "tool":
            calls += 1
            call = f"tc-{seed % 10_000}-{calls}"
            yield from _call(frame, piece, call, lane or echo, rng)
        elif piece.kind == "error":
            value = {"Code": piece.code, "Message": piece.text}
            yield frame(at, "CUSTOM", Name="error", Value=value)
            yield at, Frame("", b"[DONE]")
        else:
            yield frame(at, "STEP_FINISHED", StepName="diagnose", StepStatus="completed")
            yield frame(at, "RUN_FINISHED", RunId=run_id, ThreadId=session_id)
            yield at, Frame("", b"[DONE]")
        lane = ""


def _call(
    frame: Any, piece: Piece, call: str, parent: str, rng: random.Random
) -> Iterator[tuple[float, Frame]]:
    """Start, arguments in pieces, end, a sign of life, and the result."""
    at = piece.at
    words = list(piece.params)
    if len(words) == 1:
        words = json.loads(words[0])
    params = {words[i].removeprefix("--"): words[i + 1] for i in range(0, len(words) - 1, 2)}
    text = dumps({"command": "execute", "action": piece.name, "params": params})
    yield frame(
        at, "TOOL_CALL_START", ToolCallId=call, ToolCallName="das_api", ParentMessageId=parent
    )
    for part in pieces(text, rng, 8, 24):
        yield frame(at, "TOOL_CALL_ARGS", ToolCallId=call, Delta=part)
    yield frame(at + 0.05, "TOOL_CALL_END", ToolCallId=call)
    waited = at + 1.0
    while waited < at + piece.seconds - 0.2:
        patch = [{"op": "replace", "path": "/elapsed", "value": int(waited - at)}]
        yield frame(
            waited, "ACTIVITY_DELTA", ActivityType="waiting_for_agent_thinking", Patch=patch
        )
        waited += 1.0
    yield frame(
        at + piece.seconds,
        "TOOL_CALL_RESULT",
        ToolCallId=call,
        MessageId=f"{call}-result",
        Role="tool",
        Content=piece.text or dumps({"Code": 200, "Success": True}),
    )
