"""Stored sessions to read, in a size and a tongue."""

import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

from das_tui.cli.seeding import seed
from das_tui.demo import past
from das_tui.domain.events import QuestionAsked, ReplyGiven
from das_tui.domain.record import Frame
from das_tui.tui.reader import Reader
from tests.driving import Scene, options, playing
from tests.tongues import ASCII, Tongue

Reading = tuple[Scene, Reader]
Stored = Callable[..., "contextlib.AbstractAsyncContextManager[Reading]"]
Event = tuple[float, Frame, dict[str, Any]]


@contextlib.asynccontextmanager
async def reading(
    folder: Path, title: str, size: tuple[int, int], tongue: Tongue, **more: object
) -> AsyncIterator[Reading]:
    """A session of the store in `folder`, open, without an account and with nothing held back."""
    keep_sessions(folder / "history.db", tongue)
    given: dict[str, object] = {"utc": True, "level": 0, "ascii": tongue.ascii, **more}
    async with playing(options(None, folder / "history.db", **given), size) as scene:
        await scene.open(title)
        reader = scene.main.reader
        assert reader is not None
        yield scene, reader


def keep_sessions(path: Path, tongue: Tongue = ASCII) -> None:
    """Fill the store at `path`, if there is none, with the demo's older sessions in a tongue.
    Their titles stay."""
    told = past.sessions

    def sessions(now: float | None = None, *, long: bool | None = None) -> list[past.PastSession]:
        return [replace(one, items=_told(one.items, tongue)) for one in told(now, long=long)]

    with mock.patch.object(past, "sessions", past.sessions if tongue.ascii else sessions):
        seed(path)


def _told(items: list[past.Item], tongue: Tongue) -> list[past.Item]:
    """The items of a session with what is said in them in a tongue."""
    found: list[past.Item] = []
    stream: list[Event] = []
    for at, item in items:
        if isinstance(item, Frame):
            value = json.loads(item.data)
            if value.get("event_type") == "delta":
                stream.append((at, item, value))
                continue
            found += _streamed(stream, tongue)
            found.append((at, _framed(item, value, _text(_said(value), tongue))))
        else:
            found += _streamed(stream, tongue)
            words = isinstance(item, QuestionAsked | ReplyGiven)
            found.append((at, replace(item, text=tongue(item.text)) if words else item))
    return found + _streamed(stream, tongue)


def _streamed(stream: list[Event], tongue: Tongue) -> list[past.Item]:
    """A text that came in pieces, in as many again."""
    text = _text("".join(_said(value) for _, _, value in stream), tongue)
    edges = [len(text) * n // max(1, len(stream)) for n in range(len(stream) + 1)]
    found: list[past.Item] = [
        (at, _framed(frame, value, text[edges[n] : edges[n + 1]]))
        for n, (at, frame, value) in enumerate(stream)
    ]
    stream.clear()
    return found


def _key(value: dict[str, Any]) -> str:
    return "content" if "content" in value else "Answer"


def _said(value: dict[str, Any]) -> str:
    return str(value.get(_key(value), ""))


def _framed(frame: Frame, value: dict[str, Any], said: str) -> Frame:
    return Frame(frame.event, json.dumps(value | {_key(value): said}, ensure_ascii=False).encode())


def _text(text: str, tongue: Tongue) -> str:
    """A text, or a payload as text, of which the texts of people are put into the tongue."""
    if text[:1] in {"{", "["}:
        with contextlib.suppress(ValueError):
            return json.dumps(_value(json.loads(text), tongue), ensure_ascii=False)
    return tongue(text)


_NAMES = frozenset(
    "result_type content_type type status plan_status previous current id plan_id output_type "
    "chart_type x y field database tables".split()
)
"""Keys of a payload with names of the wire, of tables and of columns."""


def _value(value: object, tongue: Tongue) -> object:
    if isinstance(value, dict):
        names = _NAMES | ({"name"} if "arguments" in value else set())
        return {key: one if key in names else _value(one, tongue) for key, one in value.items()}
    if isinstance(value, list):
        return [_value(one, tongue) for one in value]
    return _text(value, tongue) if isinstance(value, str) else value
