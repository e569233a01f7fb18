"""R14: how soon the app says that a line is lost, and asks again; times of the server's reset."""

import asyncio
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.pseudo_terminal import Terminal, started
from tests.rig import spoil
from tests.rig.figure import Figure
from tests.rig.front import Front
from tests.rig.home import environment
from tests.rig.replies import Reply
from tests.run.served import from_web, serving

_TRIALS = 20
_QUESTION = "Why is the CPU of rm-demoharbor01 at 97 %?"
_KEY = "demo"
_HELD = 3.0
"""Seconds for which the renewed stream keeps its head back, so that the loss stays in view."""


@dataclass(frozen=True)
class _Seen:
    """Seconds from the reset to the loss in view, and to the next request (0 where none comes)."""

    shown: float
    asked: float = 0.0


def measure(share: float) -> Iterable[Figure]:
    """Streams that are reset while the app shows them; DMS is resumed, DAS is not."""
    count = max(2, round(_TRIALS * share))
    with tempfile.TemporaryDirectory(prefix="das-tui-truth-") as name:
        folder = Path(name)
        dms = [asyncio.run(_followed(folder / f"dms-{n}")) for n in range(count)]
        das = [asyncio.run(_asked(folder / f"das-{n}")) for n in range(count)]
    shown = max(seen.shown for seen in (*dms, *das))
    asked = max(seen.asked for seen in dms)
    yield Figure(
        "R14",
        f"loss of the line in transcript and status line after RST, latest of {2 * count}",
        f"{shown:.2f} s",
        "under 1 s",
        shown < 1,
    )
    yield Figure(
        "R14", f"first retry after RST, latest of {count}", f"{asked:.2f} s", "under 2 s", asked < 2
    )


def _broken(good: Reply) -> Reply:
    """Half of the stream, and a reset when all that has been shown."""
    return replace(spoil.cut(0.5, "rst")(good), piece=len(good.body), pace=1.5)


async def _followed(folder: Path) -> _Seen:
    with serving(access_key_id=_KEY, access_key_secret=_KEY) as service:
        session = from_web(service)
        steps = [_broken, spoil.later(head=_HELD)]
        async with Front(service.url, {"GetChatContent": steps}) as front:
            arguments = ("--attach", session.session_id, "--agent-id", session.agent_id)
            seen = await asyncio.to_thread(
                _watched, folder, front, arguments, ["Line lost", "line lost"]
            )
            renewed = front.asked("GetChatContent")[1].at
    return _Seen(seen - front.resets[0], renewed - front.resets[0])


async def _asked(folder: Path) -> _Seen:
    with serving(access_key_id=_KEY, access_key_secret=_KEY) as service:
        async with Front(service.url, {"GetDasAgentSSE": [_broken]}) as front:
            seen = await asyncio.to_thread(
                _watched, folder, front, ("--ask", _QUESTION), ["Line lost", " cut "]
            )
            assert len(front.asked("GetDasAgentSSE")) == 1
    return _Seen(seen - front.resets[0])


def _watched(folder: Path, front: Front, arguments: Sequence[str], words: Sequence[str]) -> float:
    """The second at which all the words stood on the screen; for a stream that can be resumed the
    resume has to be seen, too."""
    folder.mkdir()
    home = environment(folder) | {
        "DAS_TUI_DAS_ENDPOINT": front.url,
        "DAS_TUI_DMS_ENDPOINT": front.url,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": _KEY,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": _KEY,
    }
    with started(home, *arguments) as terminal:
        terminal.shows(*words)
        seen = time.monotonic()
        if "line lost" in words:
            _resumed(terminal)
        terminal.press("q")
        terminal.ended()
    return seen


def _resumed(terminal: Terminal) -> None:
    terminal.shows("resumed at", "0 lost", "repeated", "finished")
    assert "line lost" not in terminal.text
