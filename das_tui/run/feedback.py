"""What the operator thinks of an answer, told to the service and kept in the transcript."""

from __future__ import annotations

import contextlib

from das_tui.domain.events import NoticeNoted
from das_tui.run.errors import Busy, NotPossible
from das_tui.run.reach import Reach, call
from das_tui.run.setup import workspace
from das_tui.wire import dms_calls as dms

_SAID = {"like": "you liked this answer", "dislike": "you disliked this answer"}


class Feedback:
    """Likes, dislikes and reports of issues; belongs to the supervisor's loop."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach

    async def give(
        self, key: str, kind: str, text: str = "", checkpoint: int | None = None
    ) -> None:
        """Tell the service `like`, `dislike` or `issue` (which needs `text`), once.

        `checkpoint` is that of the answer which is meant, by default the latest. Returns when the
        service has taken it; the transcript says so, unless another instance writes there. Raises
        `RunError`, `WireError`.
        """
        house = self._reach.sending()
        row = self._reach.at_service(key, house)
        text = text.strip()
        if kind not in {"like", "dislike", "issue"}:
            raise NotPossible(f"{kind!r} is no feedback; there is like, dislike and issue.")
        if kind == "issue" and not text:
            raise NotPossible("Say in words what the issue is.")
        at = row.checkpoint if checkpoint is None else checkpoint
        unit, place = await house.unit.resolve(), workspace(row, house.account)
        if kind == "issue":
            request = dms.feedback(row.session_id, "ISSUE_REPORT", "SESSION", "", text, unit, place)
        else:
            request = dms.feedback(
                row.session_id,
                "LIKE" if kind == "like" else "DISLIKE",
                "SESSION" if at is None else "CHAT",
                row.session_id if at is None else str(at),
                text,
                unit,
                place,
            )
        await call(house, request)
        said = _SAID.get(kind, "you reported an issue")
        with contextlib.suppress(Busy):
            await self._reach.note(key, NoticeNoted(text=f"{said}: {text}" if text else said))
