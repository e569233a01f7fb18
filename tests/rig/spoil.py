"""What a faulty line makes of a good answer, and answers that no service gives."""

import gzip
import json
import re
import zlib
from dataclasses import replace
from typing import Any

from tests.rig.front import Spoil
from tests.rig.replies import EVENT_STREAM, Reply, data

JSON = "application/json;charset=utf-8"
_CHECKPOINT = re.compile(rb'"checkpoint":(\d+)')


def cut(part: float, end: str = "cut", framing: str = "") -> Spoil:
    """The answer breaks off after this part of its bytes, in one of the ways of `Reply.end`."""

    def spoil(good: Reply) -> Reply:
        body = good.body[: int(len(good.body) * part)]
        more = len(good.body) - len(body) if framing == "length" else 0
        return replace(good, body=body, end=end, framing=framing, more=more)

    return spoil


def cut_in_character(good: Reply) -> Reply:
    """The answer breaks off within the bytes of one character."""
    place = next(n for n, byte in enumerate(good.body) if byte >= 0xC0)
    return replace(good, body=good.body[: place + 1], end="cut")


def cut_before(mark: bytes, end: str = "cut") -> Spoil:
    """The answer breaks off before the last event that holds `mark`."""

    def spoil(good: Reply) -> Reply:
        events = good.body.split(b"\n\n")
        place = max(n for n, event in enumerate(events) if mark in event)
        return replace(good, body=b"".join(e + b"\n\n" for e in events[:place]), end=end)

    return spoil


def later(head: float = 0.0, body: float = 0.0) -> Spoil:
    """Head and body come late by these seconds."""
    return lambda good: replace(good, wait=head, wait_body=body)


def drip(good: Reply) -> Reply:
    """The answer comes in sixty pieces."""
    return replace(good, piece=max(1, len(good.body) // 60), pace=0.05)


def lost(end: str) -> Spoil:
    """The service has answered, and not one byte of it comes through."""
    return lambda good: Reply(head=b"", end=end)


def inserted(foreign: bytes) -> Spoil:
    """Bytes between two events in the middle."""

    def spoil(good: Reply) -> Reply:
        place = good.body.index(b"\n\n", len(good.body) // 2) + 2
        return replace(good, body=good.body[:place] + foreign + good.body[place:])

    return spoil


def compressed(good: Reply) -> Reply:
    """The answer as gzip, which nobody asked for."""
    return replace(
        good, body=gzip.compress(good.body), headers=good.headers | {"Content-Encoding": "gzip"}
    )


def compressed_cut(good: Reply) -> Reply:
    whole = compressed(good)
    return replace(whole, body=whole.body[: len(whole.body) // 2], end="close")


def bomb(status: int = 200, kind: str = EVENT_STREAM) -> Reply:
    """A quarter of a gigabyte in 256 KB of gzip."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    pieces = [packer.compress(b" " * (1 << 20)) for _ in range(256)]
    body = b"".join(pieces) + packer.flush()
    return Reply(body, status, kind, headers={"Content-Encoding": "gzip"})


def raw(head: bytes, body: bytes = b"", end: str = "cut", **more: Any) -> Reply:
    """Bytes as they are."""
    return replace(Reply(body, head=head, end=end, framing="length"), **more)


def old_protocol(good: Reply) -> Reply:
    """HTTP/1.0: the end of the connection is the end of the answer."""
    head = f"HTTP/1.0 200 OK\r\nContent-Type: {good.kind}\r\n\r\n".encode()
    return raw(head, good.body, "close")


# --- checkpoints ---------------------------------------------------------------------------------


def without_checkpoints(good: Reply) -> Reply:
    return replace(good, body=re.sub(rb'"checkpoint":\d+,?', b"", good.body))


def one_checkpoint(good: Reply) -> Reply:
    """All events at the same one."""
    return replace(good, body=_CHECKPOINT.sub(b'"checkpoint":1', good.body))


def huge_checkpoint(good: Reply) -> Reply:
    """One event in the middle with a number beyond all bounds."""
    numbers = list(_CHECKPOINT.finditer(good.body))
    found = numbers[len(numbers) // 3]
    body = good.body[: found.start(1)] + b"1" + b"0" * 40 + good.body[found.end(1) :]
    return replace(good, body=body)


# --- refusals ------------------------------------------------------------------------------------


def error(status: int, code: str, message: str = "so it is", **headers: str) -> Reply:
    """An error as the service words it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = {"RequestId": "r-rig", "HostId": "rig", "Code": code, "Message": message}
    return data(body, status, **named)


def camel(status: int, code: str) -> Reply:
    body = {"requestId": "r-rig", "code": code, "message": "so it is"}
    return Reply(json.dumps(body).encode(), status, JSON)


def xml(status: int, code: str) -> Reply:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>so it is</Message></Error>"
    return Reply(body.encode(), status, "text/xml;charset=utf-8")


def page(status: int = 200, **headers: str) -> Reply:
    """A web page of somebody on the way."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = b"<!doctype html><title>Sign in</title><script>go()</script><p>Welcome to the hotel"
    return Reply(body, status, "text/html", headers=named)


def redirect(status: int) -> Reply:
    return Reply(b"", status, "text/html", headers={"Location": "{elsewhere}/hook"})


def throttled(status: int = 429, code: str = "Throttling.User", **headers: str) -> Reply:
    return error(status, code, "slow down", **headers)


def starting(good: Reply) -> Reply:
    """The agent of the new session is not ready yet."""
    return replace(good, body=good.body.replace(b'"RUNNING"', b'"STARTING"'))
