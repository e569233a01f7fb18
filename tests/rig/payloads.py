"""Payloads that no service should send: broken, huge, of the wrong type, and unknown."""

import json
from collections.abc import Iterator
from typing import Any

_BROKEN = (
    *(
        b"",
        b" ",
        b"{",
        b"}",
        b"{}}",
        b"[",
        b"]",
        b"[1,2]",
        b"12",
        b"-",
        b'"text"',
        b"null",
        b"true",
    ),
    *(
        b"NaN",
        b"Infinity",
        b"nul",
        b"{'a':1}",
        b'{"a":1,}',
        b'{"a" 1}',
        b'{"a":}',
        b'{"a":1}{"b":2}',
    ),
    *(b'{"a":01}', b'{"a":1e}', b'{"a":.5}', b'{"a":NaN}', b'{"a":Infinity}', b'{"a":1e400}'),
    *(b'{"a":"\n"}', b'{"a":"\\x41"}', b'{"a":"\\u12"}', b'{"a":"open', b'{"a":1} trailing'),
    *(b'// note\n{"a":1}', b'{"a":1 /* note */}', b"\xef\xbb\xbf{}", b'\xff\xfe{"a":1}'),
    *(b'{"content":"\xff\xc3("}', b'{"\xff":1}', b"\x00", b'{"a":"\x00"}', b"\x1b[2J", b"[DONE] "),
    *(b"[DONE", b'"[DONE]"', b"[DONE][DONE]", b"<html><body>502</body></html>", b"<?xml?><Error/>"),
    *(b"HTTP/1.1 500\r\n", b"data: {}", b"event: x", b'{"data":{"content":"inner"}}', b"{}"),
    b"[" * 3_000 + b"]" * 3_000,
    b'{"a":' * 3_000 + b"1" + b"}" * 3_000,
    b'{"a":' + b"9" * 5_000 + b"}",
    b'{"a":"' + b"x" * 300_000 + b'"}',
    b'{"content":"\\ud83d","Answer":"\\ud83d","delta":"\\ud83d"}',
    b'{"a":1,"a":2,"content":"x","content":"y","Answer":"p","Answer":"q"}',
    b'{"__proto__":{},"constructor":[],"self":{"$ref":"#"}}',
)

_ODD: tuple[Any, ...] = (
    *(
        None,
        True,
        0,
        -1,
        10**40,
        1.5,
        "",
        " ",
        "\x1b[2J",
        "\ud83d",
        [],
        {},
        [[]],
        {"a": []},
        [None],
    ),
    "x" * 20_000,
)

_SHAPES: dict[str, dict[str, Any]] = {
    "das": {
        "Id": "s-9",
        "Answer": "odd",
        "Event": "agent_message",
        "Metadata": {"RequestId": "r", "ToolName": "t", "ToolParams": ["a"], "CharCount": 1},
    },
    "chat": {
        "type": "TOOL_CALL_ARGS",
        "messageId": "m-9",
        "toolCallId": "t-9",
        "toolCallName": "tool",
        "delta": "odd",
        "content": "odd",
        "timestamp": 1,
        "value": {"a": 1},
    },
    "dms": {
        "event_type": "data",
        "content_type": "json",
        "category": "jupyter",
        "content": '{"a": 1}',
        "checkpoint": 7,
        "level": 20,
        "timestamp": "1768465800",
    },
}

_NAMES = {
    "das": ("Event", ("agent_message", "summary", "tool", "AGENT", "完成")),
    "chat": ("type", ("TEXT_MESSAGE_CONTENT", "TOOL_CALL_RESULT", "STEP_STARTED", "NEW_TYPE")),
    "dms": ("category", ("plan", "sql", "think", "output_conclusion", "tool_call", "new_category")),
}


def odd(service: str) -> Iterator[bytes]:
    """Payloads for a dialect, those first that mean nothing in any."""
    yield from _BROKEN
    shape = _SHAPES[service]
    for field in shape:
        for value in _ODD:
            yield json.dumps(shape | {field: value}).encode()
        yield json.dumps({key: value for key, value in shape.items() if key != field}).encode()
    field, names = _NAMES[service]
    for name in names:
        for value in _ODD[8:]:
            key = "content" if service == "dms" else "delta" if service == "chat" else "Answer"
            yield json.dumps(shape | {field: name, key: value}).encode()
