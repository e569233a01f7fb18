"""Faults of the DMS Data Agent: sent once, followed over any cut."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tests.rig import spoil
from tests.rig.faults import OUTAGE, Fault
from tests.rig.front import Step
from tests.rig.replies import Reply

_MAKE, _SEND, _READ = "CreateDataAgentSession", "SendChatMessage", "GetChatContent"
_LOOK = "DescribeDataAgentSession"
_SILENCE = 90.0
_BAD = b'data: {"event_type": oops}\n\n'
_HUGE = 20 * 1024 * 1024


def faults() -> Iterator[Fault]:
    """All of them."""
    yield from _cuts()
    yield from _replays()
    yield from _passing()
    yield from _reading_refused()
    yield from _sending()
    yield from _making()
    yield from _following()


def _asked(
    name: str,
    script: Mapping[str, Sequence[Step]],
    *says: str,
    reads: int = 2,
    **more: Any,
) -> Fault:
    """A question that is answered in the end, over `reads` streams."""
    wanted: dict[str, Any] = {
        "verdict": "finished",
        "code": 0,
        "requests": {_MAKE: 1, _SEND: 1, _READ: reads},
        "waits": 2.0 ** (reads - 1),
        **more,
    }
    return Fault(name, "dms", script=script, says=says, **wanted)


def _cuts() -> Iterator[Fault]:
    said = ("line lost", "reconnecting in", "resumed at", "0 lost", "repeated")
    for framing in ("chunked", "length", "close"):
        for end in ("cut", "rst"):
            way = "reset" if end == "rst" else "hung up"
            if (framing, end) != ("close", "cut"):
                cut = {_READ: [spoil.cut(0.5, end, framing)]}
                yield _asked(f"{way} in a body by {framing}", cut, *said)
    yield _asked("clean-looking end", {_READ: [spoil.cut(0.5, "close")]}, *said)
    yield _asked("orderly end too early", {_READ: [spoil.cut(0.5, "fin")]}, *said)
    yield _asked("cut within a character", {_READ: [spoil.cut_in_character]}, *said)
    three = [spoil.cut(0.2), spoil.cut(0.5, "rst"), spoil.cut(0.3, "close")]
    yield _asked("cut three times", {_READ: three}, *said, reads=4, waits=3.0)
    yield _asked("reset within TLS", {_READ: [spoil.cut(0.5, "rst")]}, *said, line="good")
    ended = {_READ: [spoil.cut_before(b"SSE_FINISH", "rst")]}
    yield _asked("reset behind the verdict", ended)
    early = {_READ: [spoil.cut_before(b"chat_finish", "close")]}
    yield _asked("clean-looking end before the verdict", early, *said)


def _replays() -> Iterator[Fault]:
    half = {_READ: [spoil.cut(0.5, "rst")]}
    said = ("line lost", "resumed at", "0 lost")
    yield _asked("resumed from the checkpoint itself", half, *said, service={"inclusive": True})
    yield _asked("shared checkpoints", half, *said, service={"checkpoint_group": 3})
    both = {"checkpoint_group": 3, "inclusive": True}
    yield _asked("shared checkpoints, resumed from", half, *said, service=both)
    yield _asked("no checkpoints", half, *said, every={_READ: spoil.without_checkpoints})
    yield _asked("one checkpoint for all", half, *said, every={_READ: spoil.one_checkpoint})
    yield _asked("huge checkpoint", half, *said, every={_READ: spoil.huge_checkpoint})


def _passing() -> Iterator[Fault]:
    """What passes by itself: the stream is asked for again."""
    for name, step in (
        ("hung up before the head", spoil.lost("cut")),
        ("reset before the head", spoil.lost("rst")),
        ("garbage for a head", spoil.raw(b"\x16\x03\x01 SSH-2.0-nothing\r\n\r\n")),
        ("endless head", spoil.raw(b"HTTP/1.1 200 OK\r\nX: ", endless=b"a", most=1 << 22)),
        ("internal error", spoil.error(500, "InternalError")),
        ("error in XML", spoil.xml(500, "InternalError")),
        ("bad gateway, in HTML", spoil.page(502)),
        ("gateway timeout without a body", Reply(b"", 504, "")),
        ("portal page", spoil.page()),
        ("plain text", Reply(b"data:{}\n\n", kind="text/plain")),
        ("no content type", Reply(b"data:{}\n\n", kind="")),
        ("redirect 307", spoil.redirect(307)),
        ("compressed", spoil.compressed),
        ("compressed and cut", spoil.compressed_cut),
        ("bomb for a stream", spoil.bomb()),
        ("bomb for an error", spoil.bomb(502, spoil.JSON)),
        ("empty stream", Reply(b"")),
        ("nothing but comments", Reply(b": hello\n\n")),
    ):
        yield _asked(name, {_READ: [step]}, fixed=10.0)
    silent = {_READ: [spoil.later(body=2 * _SILENCE)]}
    yield _asked("silence behind the head", silent, waits=_SILENCE + 1)
    silent = {_READ: [spoil.later(head=3 * _SILENCE)]}
    yield _asked("silence before the head", silent, waits=_SILENCE + 31, fixed=36.0)
    yield _asked("drip", {_READ: [spoil.drip]}, waits=4.0, reads=1)
    yield _asked("proxy that buffers", {_READ: [spoil.later(body=20)]}, waits=20.0, reads=1)
    line = b"data: " + b"x" * _HUGE + b"\n\n"
    for name, step in (
        ("one malformed event", spoil.inserted(_BAD)),
        ("20,000 malformed events", spoil.inserted(_BAD * 20_000)),
        ("line of 20 MiB", spoil.inserted(line)),
        ("HTTP/1.0", spoil.old_protocol),
    ):
        yield _asked(name, {_READ: [step]}, fixed=30.0, reads=1)
    for name, reply, after in (
        ("Retry-After in seconds", spoil.throttled(Retry_After="2"), 2.0),
        ("Retry-After as a date", spoil.throttled(Retry_After="{soon}"), 2.0),
        ("x-acs-retry-after", spoil.throttled(x_acs_retry_after="1500"), 1.5),
        ("no word when", spoil.throttled(), 0.0),
        ("by code with 503", spoil.throttled(503, "Throttling.Api", Retry_After="1"), 1.0),
        ("by code with 400", spoil.throttled(400, "Throttling", Retry_After="1"), 1.0),
        ("429 in HTML", spoil.page(429, Retry_After="1"), 1.0),
        ("unavailable", spoil.error(503, "ServiceUnavailable", Retry_After="2"), 2.0),
        ("unavailable, in HTML", spoil.page(503, Retry_After="2"), 2.0),
    ):
        yield _asked(f"throttled: {name}", {_READ: [reply]}, after=after, fixed=4.0)


def _reading_refused() -> Iterator[Fault]:
    """What does not pass by itself. The message was taken; whether the run goes on is not known."""
    for name, reply, says in (
        ("no permission", spoil.error(403, "NoPermission"), "no permission"),
        ("not found, in XML", spoil.xml(404, "InvalidSession.NotFound"), "no such session"),
        ("refusal inside 200", spoil.error(200, "NoPermission"), "no permission"),
        ("bad parameter, other case", spoil.camel(400, "InvalidParams"), "bad parameter"),
    ):
        yield Fault(
            f"reading: {name}",
            "dms",
            "cut",
            5,
            script={_READ: [reply]},
            lasting=True,
            says=(says, "follows it; nothing is sent a second time"),
            kept="none",
            requests={_MAKE: 1, _SEND: 1, _READ: 1},
        )
    for name, step in (
        ("resets for ever", spoil.lost("rst")),
        ("web pages for ever", spoil.page(502)),
        ("throttled for ever", spoil.throttled()),
    ):
        yield Fault(
            name,
            "dms",
            "cut",
            5,
            script={_READ: [step]},
            lasting=True,
            requests={_MAKE: 1, _SEND: 1, _READ: 8},
            says=("Nothing is sent a second time",),
            kept="none",
            waits=OUTAGE,
        )
    yield Fault(
        "the line stays away",
        "dms",
        "cut",
        5,
        script={_READ: [spoil.cut(0.5, "rst"), spoil.lost("rst")]},
        lasting=True,
        requests={_MAKE: 1, _SEND: 1, _READ: 9},
        says=("line lost", "reconnecting in", "Nothing is sent a second time"),
        kept="some",
        waits=OUTAGE + 30,
    )


def _sending() -> Iterator[Fault]:
    """The message may have been taken: reading finds out, sending does not."""
    looked = ("looking whether the service took it", "Nothing is sent a second")
    for name, step in (
        ("hung up before the head", spoil.lost("cut")),
        ("reset before the head", spoil.lost("rst")),
        ("hung up in the answer", spoil.cut(0.5, "cut", "length")),
        ("portal page", lambda good: spoil.page()),
        ("bad gateway, in HTML", lambda good: spoil.page(502)),
        ("redirect 307", lambda good: spoil.redirect(307)),
        ("compressed", spoil.compressed),
    ):
        yield _asked(f"sending: {name}", {_SEND: [step]}, *looked, reads=1)
    unheard = _asked(
        "sending: reset before the service heard of it",
        {_SEND: [Reply(end="drop")]},
        *looked,
        reads=3,
        verdict="cut",
        code=5,
        kept="none",
    )
    words = (*looked, "seems not to have taken")
    yield replace(unheard, says=words, waits=3 * _SILENCE + 10, fixed=20.0)
    for name, reply, says in (
        ("no permission", spoil.error(403, "NoPermission"), "safe to ask again"),
        ("refusal inside 200", spoil.error(200, "NoPermission"), "safe to ask again"),
        ("internal error", spoil.error(500, "InternalError"), "do not repeat"),
    ):
        yield Fault(
            f"sending: {name}",
            "dms",
            "failed",
            1,
            script={_SEND: [reply]},
            requests={_MAKE: 1, _SEND: 1},
            says=(says,),
            kept="none",
        )
    yield Fault(
        "sending: throttled",
        "dms",
        "finished",
        0,
        script={_SEND: [spoil.throttled(Retry_After="2")]},
        requests={_MAKE: 1, _SEND: 2, _READ: 1},
        after=2.0,
        waits=1.0,
        fixed=2.0,
    )
    yield Fault(
        "sending: throttled for ever",
        "dms",
        "failed",
        3,
        script={_SEND: [spoil.throttled()]},
        lasting=True,
        requests={_MAKE: 1, _SEND: 8},
        says=("safe to ask again",),
        kept="none",
        waits=OUTAGE,
    )


def _making() -> Iterator[Fault]:
    safe = ("The question was not sent; asking again is safe",)
    for name, step in (
        ("hung up before the head", spoil.lost("cut")),
        ("hung up in the answer", spoil.cut(0.5, "cut", "length")),
        ("portal page", spoil.page()),
        ("redirect 302", spoil.redirect(302)),
    ):
        yield Fault(
            f"making a session: {name}",
            "dms",
            "not sent",
            3,
            script={_MAKE: [step]},
            requests={_MAKE: 1},
            says=safe,
            kept="none",
        )
    starting = spoil.starting
    yield Fault(
        "agent that starts: throttled",
        "dms",
        "finished",
        0,
        script={_MAKE: [starting], _LOOK: [spoil.throttled(Retry_After="3")]},
        requests={_MAKE: 1, _SEND: 1, _READ: 1, _LOOK: 2},
        after=3.0,
        waits=5.0,
        fixed=3.0,
    )
    yield Fault(
        "agent that starts: throttled for ever",
        "dms",
        "failed",
        3,
        script={_MAKE: [starting], _LOOK: [spoil.throttled()]},
        lasting=True,
        requests={_MAKE: 1, _LOOK: 8},
        says=("safe to ask again",),
        kept="none",
        waits=OUTAGE + 2,
    )


def _following() -> Iterator[Fault]:
    """Attached from the start; nothing that costs or changes anything is sent."""
    half = spoil.cut(0.5, "rst")
    resumed = ("line lost", "resumed at", "0 lost")
    finished: dict[str, Any] = {"verdict": "finished", "code": 0, "waits": 1.0}
    for name, steps, reads, says in (
        ("reset in a body by chunked", [half], 2, resumed),
        ("clean-looking end", [spoil.cut(0.5, "close")], 2, resumed),
        ("bad gateway, in HTML", [spoil.page(502)], 2, ()),
        ("throttled: Retry-After in seconds", [spoil.throttled(Retry_After="1")], 2, ()),
        ("one malformed event", [spoil.inserted(_BAD)], 1, ()),
    ):
        more: dict[str, Any] = {**finished, "requests": {_READ: reads}, "fixed": 2.0}
        yield Fault(name, "attach", script={_READ: steps}, says=says, **more)
    for name, reply, verdict, code, count, waits in (
        ("no permission", spoil.error(403, "NoPermission"), "failed", 1, 1, 0.0),
        ("portal page for ever", spoil.page(), "cut", 5, 8, OUTAGE),
        ("throttled for ever", spoil.throttled(), "failed", 3, 8, OUTAGE),
        ("redirect for ever", spoil.redirect(302), "cut", 5, 8, OUTAGE),
    ):
        yield Fault(
            f"reading: {name}",
            "attach",
            verdict,
            code,
            script={_READ: [reply]},
            lasting=True,
            requests={_READ: count},
            kept="none",
            waits=waits,
        )
