"""The decoder against the rules of the WHATWG, however the input is cut."""

import itertools
import re

import httpx
import httpx_sse
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from das_tui.domain.record import Frame
from das_tui.wire import sse
from das_tui.wire.sse import SseDecoder

# Each stream ends with a line end, so that the end of input adds nothing; what is pending there
# and incomplete is in `PENDING`.
STREAMS = {
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

PENDING = {
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


def frames(pieces):
    decoder = SseDecoder()
    found = [frame for piece in pieces for frame in decoder.feed(piece)]
    found += decoder.close()
    assert decoder.close() == []
    return found, decoder.dropped


def cuts(stream):
    """The stream whole, in pieces of one and of two bytes, and cut in two at every position."""
    yield [stream]
    for size in (1, 2):
        yield [stream[i : i + size] for i in range(0, len(stream), size)]
    for i in range(len(stream) + 1):
        yield [stream[:i], b"", stream[i:]]


@pytest.mark.parametrize("name", STREAMS)
def test_stream(name):
    stream, expected = STREAMS[name]
    for pieces in cuts(stream):
        assert frames(pieces)[0] == [Frame(*item) for item in expected], pieces


@pytest.mark.parametrize("name", PENDING)
def test_end_of_input(name):
    stream, expected, dropped = PENDING[name]
    for pieces in cuts(stream):
        assert frames(pieces) == ([Frame(*item) for item in expected], dropped), pieces


def test_a_carriage_return_ends_the_event_at_once():
    decoder = SseDecoder()
    assert decoder.feed(b"data: a\r\r") == [Frame("", b"a")]
    assert decoder.feed(b"\ndata: b\r") == []
    assert decoder.feed(b"\n\r") == [Frame("", b"b")]


def reference(stream):
    """The standard's rules on a whole input, written the plain way."""
    stream = stream.removeprefix(b"\xef\xbb\xbf")
    *lines, rest = re.split(rb"\r\n|\n|\r", stream)
    found, event, data = [], "", []
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


@st.composite
def cut_streams(draw):
    stream = b"".join(draw(st.lists(st.sampled_from(TOKENS), max_size=40)))
    places = draw(st.lists(st.integers(0, len(stream)), max_size=12))
    edges = [0, *sorted(places), len(stream)]
    return stream, [stream[a:b] for a, b in itertools.pairwise(edges)]


@settings(max_examples=600, deadline=None)
@given(cut_streams())
@example((b"data: a\r\n\r\n", [b"data: a\r", b"\n", b"\r", b"\n"]))
def test_any_chunking_gives_the_frames_of_the_reference(cut):
    stream, pieces = cut
    decoder = SseDecoder()
    found = [frame for piece in pieces for frame in decoder.feed(piece)]
    assert found == reference(stream)[0]
    assert (found + decoder.close(), decoder.dropped) == frames([stream])


@settings(max_examples=300, deadline=None)
@given(cut_streams())
def test_any_chunking_gives_the_same_frames_within_small_caps(cut):
    stream, pieces = cut
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sse, "MAX_LINE", 14)
        patch.setattr(sse, "MAX_EVENT", 16)
        patch.setattr(sse, "HEAD", 4)
        assert frames(pieces) == frames([stream])


def test_agrees_with_httpx_sse_where_that_is_right():
    stream = b"event: e\ndata: a\ndata: b\r\n\r\n: c\ndata: \xe6\x95\xb0\r\n\r\n"
    response = httpx.Response(200, headers={"content-type": "text/event-stream"}, content=stream)
    theirs = [
        ("" if e.event == "message" else e.event, e.data.encode())
        for e in httpx_sse.EventSource(response).iter_sse()
    ]
    ours, _ = frames([stream])
    assert [(f.event, f.data) for f in ours] == theirs


def feed_all(decoder, piece, times):
    return [frame for _ in range(times) for frame in decoder.feed(piece)]


def test_an_endless_line_is_cut_to_its_head_and_decoding_goes_on():
    decoder = SseDecoder()
    found = decoder.feed(b"data: {")
    found += feed_all(decoder, b"x" * 65536, 9 * 16)
    assert len(decoder._line) < 2 * sse.HEAD
    found += decoder.feed(b"\ndata: more\n\ndata: next\n\n")
    assert [len(f.data) for f in found] == [sse.HEAD, 4]
    assert found[0].data.startswith(b"{xxx")
    assert found[1] == Frame("", b"next")


def test_an_endless_event_is_cut_to_its_head_and_decoding_goes_on():
    decoder = SseDecoder()
    found = feed_all(decoder, b"data: " + b"y" * 1_000_000 + b"\n", 20)
    assert sum(map(len, decoder._data)) == sse.HEAD
    found += decoder.feed(b"\ndata: next\n\n")
    assert [len(f.data) for f in found] == [sse.HEAD, 4]


def test_an_endless_comment_or_name_is_not_kept():
    decoder = SseDecoder()
    found = feed_all(decoder, b":" + b"z" * 999_999, 10)
    found += decoder.feed(b"\nevent: ")
    found += feed_all(decoder, b"n" * 1_000_000, 10)
    found += decoder.feed(b"\ndata: a\n\n")
    assert [f.data for f in found] == [b"a"]
    assert len(found[0].event) <= sse.HEAD


def test_an_oversized_event_at_the_end_of_input_is_dropped():
    decoder = SseDecoder()
    feed_all(decoder, b"data: " + b" " * 1_000_000 + b"\n", 17)
    assert decoder.feed(b"data: {}\n") == []
    assert decoder.close() == []
    assert decoder.dropped == 1
