"""Faults in a DAS answer: asked once, paid for, never asked again."""

from collections.abc import Iterator
from typing import Any

from tests.rig import spoil
from tests.rig.faults import OUTAGE, Fault
from tests.rig.front import Step
from tests.rig.replies import Reply

_ASK = "GetDasAgentSSE"
_STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
_BAD = b'data:{"Id": oops}\n\n'
_HUGE = 20 * 1024 * 1024


def _one(
    name: str, step: Step, verdict: str, code: int, *says: str, kept: str = "none", **more: Any
) -> Fault:
    """The one request that there is goes wrong."""
    wanted: dict[str, Any] = {"requests": {_ASK: 1}, **more}
    return Fault(
        name,
        "das",
        verdict,
        code,
        script={_ASK: [step]},
        says=says,
        kept=kept,
        **wanted,
    )


def faults() -> Iterator[Fault]:
    """All of them."""
    yield from _lost()
    yield from _slow()
    yield from _refused()
    yield from _foreign()
    yield from _odd()
    yield from _throttled()


def _lost() -> Iterator[Fault]:
    gone = ("new paid question",)
    for name, step in (
        ("hung up before the head", spoil.lost("cut")),
        ("reset before the head", spoil.lost("rst")),
        ("garbage for a head", spoil.raw(b"\x16\x03\x01 SSH-2.0-nothing\r\n\r\n")),
        ("endless head", spoil.raw(b"HTTP/1.1 200 OK\r\nX: ", endless=b"a", most=1 << 22)),
        (
            "two lengths",
            spoil.raw(_STREAM_HEAD + b"Content-Length: 1\r\nContent-Length: 9\r\n\r\n"),
        ),
        ("impossible chunk", spoil.raw(_STREAM_HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n")),
    ):
        yield _one(name, step, "cut", 5, *gone)
    for framing in ("chunked", "length", "close"):
        for end in ("cut", "rst"):
            if (framing, end) == ("close", "cut"):
                continue
            way = "reset" if end == "rst" else "hung up"
            step = spoil.cut(0.5, end, framing)
            yield _one(f"{way} in a body by {framing}", step, "cut", 5, *gone, kept="some")
    perhaps = ("may be complete", *gone)
    yield _one("clean-looking end", spoil.cut(0.5, "close"), "cut", 5, *perhaps, kept="some")
    yield _one("orderly end too early", spoil.cut(0.5, "fin"), "cut", 5, *perhaps, kept="some")
    yield _one("cut within a character", spoil.cut_in_character, "cut", 5, *gone, kept="some")
    yield _one("cut at the first byte", spoil.cut(0), "cut", 5, "No answer came", *gone)
    yield _one("cut before the summary", spoil.cut_before(b'"summary"'), "cut", 5, kept="some")
    tls: dict[str, Any] = {"line": "good", "kept": "some"}
    yield _one("reset within TLS", spoil.cut(0.5, "rst"), "cut", 5, *gone, **tls)
    chat: dict[str, Any] = {"requests": {"Chat": 1}, "kept": "some"}
    for name, step in (
        ("hung up in a body by chunked", spoil.cut(0.5)),
        ("clean-looking end", spoil.cut(0.5, "close")),
        ("cut before the run is finished", spoil.cut_before(b"RUN_FINISHED", "close")),
    ):
        yield Fault(name, "chat", "cut", 5, script={"Chat": [step]}, says=gone, **chat)


def _slow() -> Iterator[Fault]:
    silent: dict[str, Any] = {"kept": "all", "waits": 110.0}
    yield _one("silence before the head", spoil.later(head=100), "finished", 0, "silent", **silent)
    yield _one("silence behind the head", spoil.later(body=100), "finished", 0, "silent", **silent)
    yield _one("proxy that buffers", spoil.later(body=20), "finished", 0, kept="all", waits=20.0)
    yield _one("drip", spoil.drip, "finished", 0, kept="all", waits=4.0)


def _refused() -> Iterator[Fault]:
    safe, unsafe = ("safe to ask again",), ("do not repeat",)
    for name, reply, says in (
        ("no permission", spoil.error(403, "NoPermission"), ("no permission", *safe)),
        ("not found, in XML", spoil.xml(404, "InstanceNotFound"), ("unknown instance", *safe)),
        ("bad parameter, other case", spoil.camel(400, "InvalidParams"), ("bad parameter", *safe)),
        ("refusal inside 200", spoil.error(200, "NoPermission"), ("no permission", *safe)),
        ("nonce used before", spoil.error(400, "SignatureNonceUsed"), ("seen before", *safe)),
        (
            "wrong clock",
            spoil.error(400, "InvalidTimeStamp.Expired", Date="{ahead}"),
            ("The clock of this machine is", "behind the service's", *safe),
        ),
        (
            "expired token",
            spoil.error(400, "InvalidSecurityToken.Expired"),
            ("token expired", *safe),
        ),
        (
            "key echoed",
            spoil.error(401, "InvalidAccessKeyId.NotFound", "Deny: LTAI5tEchoedEchoed1|source"),
            ("AccessKey unknown", *safe),
        ),
        ("internal error", spoil.error(500, "InternalError"), ("The service failed", *unsafe)),
        ("timeout of the service", spoil.error(500, "Timeout"), ("timed out", *unsafe)),
        ("unavailable", spoil.error(503, "ServiceUnavailable", Retry_After="1"), unsafe),
        ("error in XML", spoil.xml(500, "InternalError"), ("The service failed", *unsafe)),
    ):
        yield _one(name, reply, "failed", 1, *says, never=("LTAI5tEchoed",))
    error = b'data:{"Id":"s","Answer":"no","Event":"error","Metadata":{"Code":-1810001}}\n\n'
    yield _one("error in the stream", Reply(error), "failed", 1, "-1810001")


def _foreign() -> Iterator[Fault]:
    paid = ("new paid question",)
    for name, step in (
        ("bad gateway, in HTML", spoil.page(502)),
        ("unavailable, in HTML", spoil.page(503, Retry_After="1")),
        ("gateway timeout without a body", Reply(b"", 504, "")),
        ("portal page", spoil.page()),
        ("plain text", Reply(b"data:{}\n\n", kind="text/plain")),
        ("no content type", Reply(b"data:{}\n\n", kind="")),
        ("a type that begins alike", Reply(b"data:{}\n\n", kind="text/event-streamx")),
        ("no content", Reply(b"", 204, "")),
        ("compressed", spoil.compressed),
        ("compressed and cut", spoil.compressed_cut),
        ("bomb for a stream", spoil.bomb()),
        ("bomb for an error", spoil.bomb(502, spoil.JSON)),
        ("endless error", Reply(b"", 500, spoil.JSON, endless=b"[", most=1 << 26, end="cut")),
    ):
        yield _one(name, step, "cut", 5, "Not an answer of the service", *paid, fixed=10.0)
    for status in (301, 302, 307, 308):
        says = ("Redirect refused", "was not followed", *paid)
        yield _one(f"redirect {status}", spoil.redirect(status), "cut", 5, *says)


def _odd() -> Iterator[Fault]:
    for name, body in (
        ("empty stream", b""),
        ("nothing but comments", b": hello\n\n: there\n\n"),
        ("nothing but a receipt", b'data:{"RequestId":"r-rig"}\n\n'),
    ):
        yield _one(name, Reply(body), "cut", 5, "No answer came", "new paid question")
    endless = b"data:" + b"x" * _HUGE + b"\n\n"
    lines = b"data:xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"
    for name, step in (
        ("one malformed event", spoil.inserted(_BAD)),
        ("broken UTF-8", spoil.inserted(b'data:{"Answer":"\xff\xfe"\n\n')),
        ("20,000 malformed events", spoil.inserted(_BAD * 20_000)),
        ("line of 20 MiB", spoil.inserted(endless)),
        ("event of 20 MiB", spoil.inserted(lines * (_HUGE // len(lines)) + b"\n")),
        ("HTTP/1.0", spoil.old_protocol),
        ("hung up behind the verdict", spoil.cut(1.0)),
        ("reset behind the verdict", spoil.cut(1.0, "rst")),
    ):
        yield _one(name, step, "finished", 0, kept="all", fixed=30.0)
    half = b'data:{"Id":"s","Answer":"half","Event":"agent_message"}\n\ndata:'
    line = Reply(half, endless=b"x", most=1 << 26, end="cut")
    yield _one("endless line", line, "cut", 5, "new paid question", kept="some", fixed=20.0)


def _throttled() -> Iterator[Fault]:
    for name, reply, after in (
        ("Retry-After in seconds", spoil.throttled(Retry_After="2"), 2.0),
        ("Retry-After as a date", spoil.throttled(Retry_After="{soon}"), 2.0),
        ("x-acs-retry-after", spoil.throttled(x_acs_retry_after="1500"), 1.5),
        ("both, the longer one counts", _both(), 2.0),
        ("no word when", spoil.throttled(), 0.0),
        ("by code with 503", spoil.throttled(503, "Throttling.Api", Retry_After="1"), 1.0),
        ("by code with 400", spoil.throttled(400, "Throttling", Retry_After="1"), 1.0),
        ("by code inside 200", spoil.throttled(200, "Throttling.User"), 0.0),
        ("429 in HTML", spoil.page(429, Retry_After="1"), 1.0),
    ):
        yield Fault(
            f"throttled: {name}",
            "das",
            "finished",
            0,
            script={_ASK: [reply]},
            requests={_ASK: 2},
            says=("too many requests, try 2 of 8",),
            after=after,
            waits=1.0,
            fixed=4.0,
        )
    crowded = spoil.throttled(429, "Throttling.UserConcurrentLimit")
    yield Fault(
        "throttled: all conversations taken",
        "das",
        "finished",
        0,
        script={_ASK: [crowded]},
        requests={_ASK: 2},
        waits=25.0,
    )
    for name, reply, count, waits in (
        ("conversations taken for ever", crowded, 3, 50.0),
        ("for ever", spoil.throttled(), 8, OUTAGE),
        ("for a day", spoil.throttled(Retry_After="86400"), 1, 0.0),
    ):
        yield Fault(
            f"throttled: {name}",
            "das",
            "failed",
            3,
            script={_ASK: [reply]},
            lasting=True,
            requests={_ASK: count},
            says=("safe to ask again",),
            kept="none",
            waits=waits,
        )


def _both() -> Reply:
    return spoil.throttled(Retry_After="2", x_acs_retry_after="50")
