"""Streams with what the rules of the WHATWG make of them, and those rules written the plain way."""

import re
from collections.abc import Iterable, Iterator

from das_tui.domain.record import Frame
from das_tui.wire.sse import SseDecoder

Expected = list[tuple[str, bytes]]

# Each stream ends with a line end, so that the end of input adds nothing; what is pending there
# and incomplete is in `PENDING`.
STREAMS: dict[str, tuple[bytes, Expected]] = {
    "LF": (b"data: a\n\n", [("", b"a")]),
    "CR": (b"data: a\r\r", [("", b"a")]),
    "CRLF": (b"data: a\r\n\r\n", [("", b"a")]),
    "mixed ends": (b"data: a\rdata: b\r\ndata: c\n\r\ndata: d\n\n", [("", b"a\nb\nc"), ("", b"d")]),
    "CRLF then CR": (b"data: a\r\n\rdata: b\n\n", [("", b"a"), ("", b"b")]),
    "LF CR is two ends": (b"data: a\n\rdata: b\n\n", [("", b"a"), ("", b"b")]),
    "no space after the colon": (b"data:a\n\n", [("", b"a")]),
    "one space is stripped": (b"data:  a \n\n", [("", b" a ")]),
    "a tab is not": (b"data:\ta\n\n", [("", b"\ta")]),
    "multi-line data": (b"data: a\ndata:\ndata: c\n\n", [("", b"a\n\nc")]),
    "data without a colon": (b"data\n\n", [("", b"")]),
    "two empty data": (b"data\ndata\n\n", [("", b"\n")]),
    "data with an empty value": (b"data:\n\n", [("", b"")]),
    "empty data keeps the line end": (b"data:\ndata:\n\n", [("", b"\n")]),
    "colons in data": (b"data:a:b: c\n\n", [("", b"a:b: c")]),
    "comment": (b": hi\n:\n:data: x\ndata: a\n: bye\ndata: b\n\n", [("", b"a\nb")]),
    "event name": (b"event: delta\ndata: a\n\n", [("delta", b"a")]),
    "event name with a time": (b"event:delta at 08:30\ndata:a\n\n", [("delta at 08:30", b"a")]),
    "event name is not carried over": (
        b"event: x\ndata: a\n\ndata: b\n\n",
        [("x", b"a"), ("", b"b")],
    ),
    "event without data is nothing": (b"event: x\n\ndata: b\n\n", [("", b"b")]),
    "last event name wins": (b"event: x\nevent: y\ndata: a\n\n", [("y", b"a")]),
    "empty event name": (b"event: x\nevent\ndata: a\n\n", [("", b"a")]),
    "id and retry are nothing": (b"id: 3\nretry: -5\n\nid\n\nretry:1_000\n\n", []),
    "id with data": (b"id: 3\ndata: a\n\n", [("", b"a")]),
    "unknown field": (b"foo: bar\ndatas: x\nData: x\n data: x\ndata: a\n\n", [("", b"a")]),
    "blank lines": (b"\n\n\r\n\r\rdata: a\n\n\n\n", [("", b"a")]),
    "BOM": (b"\xef\xbb\xbfdata: a\n\n", [("", b"a")]),
    "second BOM is part of the name": (b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\n", []),
    "BOM later": (b"data: a\n\n\xef\xbb\xbfdata: b\n\n", [("", b"a")]),
    "BOM alone on its line": (b"\xef\xbb\xbf\ndata: a\n\n", [("", b"a")]),
    "BOM cut short": (b"\xef\xbbdata: a\n\n", []),
    "UTF-8": ("data: 数据库 🐢\n\n".encode(), [("", "数据库 🐢".encode())]),
    "UTF-8 event name": ("event: 数\ndata: a\n\n".encode(), [("数", b"a")]),
    "invalid UTF-8 stays": (b"data: \xff\xc3(\n\n", [("", b"\xff\xc3(")]),
    "invalid UTF-8 in the name": (b"event: \xff\ndata: a\n\n", [("�", b"a")]),
    "other line separators are data": (
        "data: a\u2028b\u2029c\x85d\x0be\x0cf\x1cg\x1dh\x1ei\n\n".encode(),
        [("", "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg\x1dh\x1ei".encode())],
    ),
    "NUL": (b"data: a\0b\nid: \0\n\n", [("", b"a\0b")]),
    "many events": (b"data: 1\n\ndata: 2\n\ndata: 3\n\n", [("", b"1"), ("", b"2"), ("", b"3")]),
    "nothing": (b"", []),
    "comments only": (b": keep-alive\n\n: keep-alive\n\n", []),
}

PENDING: dict[str, tuple[bytes, Expected, int]] = {
    "whole object without a blank line": (b'data: {"a": 1}\n', [("", b'{"a": 1}')], 0),
    "whole object without a line end": (b'event: e\ndata: {"a": 1}', [("e", b'{"a": 1}')], 0),
    "whole object after a BOM": (b'\xef\xbb\xbfdata: {"a": 1}', [("", b'{"a": 1}')], 0),
    "done mark": (b"data:[DONE]", [("", b"[DONE]")], 0),
    "part of an object": (b'data: {"a": 1', [], 1),
    "object in two lines": (b'data: {"a":\ndata: 1}', [("", b'{"a":\n1}')], 0),
    "object and part of a line": (b'data: {"a": 1}\ndata: {"b', [], 1),
    "not an object": (b"data: 12", [], 1),
    "part of the mark": (b"data: [DON", [], 1),
    "field name cut": (b"data: 1\n\nda", [("", b"1")], 1),
    "name without data": (b"data: 1\n\nevent: delta\n", [("", b"1")], 1),
    "comment cut": (b"data: 1\n\n: keep-al", [("", b"1")], 0),
}


def frames(pieces: Iterable[bytes]) -> tuple[list[Frame], int]:
    """What the decoder makes of a stream in pieces, and the events that its end cut off."""
    decoder = SseDecoder()
    found = [frame for piece in pieces for frame in decoder.feed(piece)]
    found += decoder.close()
    assert decoder.close() == []
    return found, decoder.dropped


def cuts(stream: bytes) -> Iterator[list[bytes]]:
    """The stream whole, in pieces of one and of two bytes, and cut in two at every position."""
    yield [stream]
    for size in (1, 2):
        yield [stream[i : i + size] for i in range(0, len(stream), size)]
    for i in range(len(stream) + 1):
        yield [stream[:i], b"", stream[i:]]


def reference(stream: bytes) -> tuple[list[Frame], bytes]:
    """The frames of a whole input and the line that it ends in, by the rules of the standard."""
    stream = stream.removeprefix(b"\xef\xbb\xbf")
    *lines, rest = re.split(rb"\r\n|\n|\r", stream)
    found: list[Frame] = []
    event, data = "", list[bytes]()
    for line in lines:
        if line == b"":
            if data:
                found.append(Frame(event, b"\n".join(data)))
            event, data = "", []
        elif line[:1] != b":":
            name, value = line, b""
            if b":" in line:
                name, value = line.split(b":", 1)
                value = value[1:] if value[:1] == b" " else value
            if name == b"data":
                data.append(value)
            elif name == b"event":
                event = value.decode("utf-8", "replace")
    return found, rest


TOKENS = [
    *(b"data", b"event", b"id", b"retry", b":", b" ", b"\n", b"\r", b"\r\n", b"\n\n", b"x"),
    *(b"data: ", b"event: e", b"\xef\xbb\xbf", b"\xef", b"\xe6\x95\xb0", b"\xff", b"\0"),
    *(b'{"a":1}', b'{"a"', b"[DONE]", "\u2028".encode(), "\x85".encode(), b": c"),
]
