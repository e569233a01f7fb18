"""The decoder against the rules of the WHATWG, however the input is cut."""

import itertools

import httpx
import httpx_sse
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from das_tui.domain.record import Frame
from das_tui.wire import sse
from das_tui.wire.sse import SseDecoder
from tests.wire.sse_streams import PENDING, STREAMS, TOKENS, cuts, frames, reference


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


WORDS = [b"", b"a", b'{"Answer":"x: \xe6\x95\xb0"}', b"event: e", b"data: d", b" b", b":"]
BYTES = st.binary(max_size=8).map(lambda found: found.replace(b"\n", b"").replace(b"\r", b""))
EVENTS = st.builds(
    lambda name, space, data, end: (
        (b"" if name is None else b"event:" + space + name + b"\n")
        + b"".join(b"data:" + space + line + b"\n" for line in data)
        + end
    ),
    st.none() | st.sampled_from(WORDS) | BYTES,
    st.sampled_from([b"", b" ", b"  "]),
    st.lists(st.sampled_from(WORDS) | BYTES, min_size=1, max_size=2),
    st.sampled_from([b"\n", b"\n", b"\n", b": c\n\n", b"\n\n", b"\r\n", b"id: 3\n\n", b""]),
)
"""Events as nearly all are, and what may stand between them."""


@settings(max_examples=600, deadline=None)
@given(st.lists(EVENTS, max_size=12), st.lists(st.integers(0, 400), max_size=6))
@example([b"event: x\nevent: y\ndata: a\n\n"], [])
@example([b"data: a\n\n", b"data: b\n\n"], [9])
def test_whole_events_are_taken_as_line_by_line(events: list[bytes], places: list[int]) -> None:
    """Those that stand whole in a piece are cut out of it, others are read line by line."""
    stream = b"".join(events)
    edges = [0, *sorted(min(place, len(stream)) for place in places), len(stream)]
    pieces = [stream[a:b] for a, b in itertools.pairwise(edges)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sse, "_usual", lambda chunk, begin, found: begin)
        slow = frames([stream])
    for cut in ([stream], pieces, [b": begun\n\n", *pieces]):
        assert frames(cut) == slow
    assert slow[0][: len(reference(stream)[0])] == reference(stream)[0]


def test_usual_events_are_not_read_line_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    decoder = SseDecoder()
    decoder.feed(b": begun\n\n")
    lines: list[None] = []
    monkeypatch.setattr(decoder, "_end_line", lambda: lines.append(None))
    found = decoder.feed(b"event: e\ndata: {}\n\ndata:{}\n\n" * 50)
    assert found == [Frame("e", b"{}"), Frame("", b"{}")] * 50
    assert not lines
