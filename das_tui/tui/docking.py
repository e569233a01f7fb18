"""What the open dock shows, and its keys. Loaded with the first dock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from das_tui.domain.session import State
from das_tui.tui.actions import ACTIONS, TABLE, key_label
from das_tui.view import dock

if TYPE_CHECKING:
    from das_tui.tui.screens.fringe import FringeScreen
    from das_tui.tui.screens.painting import DockState

INSTANCE_PREFIXES = frozenset(
    {"rm", "rr", "pc", "pi", "pe", "pxc", "r", "tt", "dds", "mongo", "pgm", "ld", "polardbx", "am"}
)


def view(screen: FringeScreen, state: DockState, width: int, room: int) -> dock.DockView | None:
    """What a dock shows in `width` cells and at most `room` rows; None while there is nothing."""
    session = screen.desk.sessions.get(state.key)
    overview = screen.desk.overviews.get(state.key)
    account = screen.options.account
    if state.kind == "ask":
        if overview is None or overview.ask is None or session is None:
            return None
        if state.aside:
            from das_tui.view import aside

            return aside.aside(
                overview.ask,
                width,
                since=session.since,
                now=screen.clock(),
                ticks=screen.ticks,
                utc=screen.options.utc,
                key=screen.key_of("needs_me"),
                glyphs=screen.glyphs,
            )
        from das_tui.domain.setup import SessionSetup
        from das_tui.view import ask

        database, instance = SessionSetup.read(session.setup).where()
        if looks_like_instance(session.target):
            instance = instance or session.target
        else:
            database = database or session.target
        return ask.ask_rows(
            overview.ask,
            width,
            room,
            database=database,
            instance=instance,
            profile=account.profile if account else "",
            production=account.production if account else True,
            since=session.since,
            now=screen.clock(),
            ticks=screen.ticks,
            utc=screen.options.utc,
            scroll=state.scroll,
            seen=state.seen,
            stage=state.stage,
            typed=state.typed,
            glyphs=screen.glyphs,
            labels=_answer_labels(screen),
            taken_by="" if screen.pane == "dock" else screen.key_of("needs_me"),
        )
    if state.kind == "levels":
        reader = screen.reader
        if reader is None:
            return None
        transcript = reader.transcript
        return dock.level_menu(
            transcript.histogram,
            width,
            room,
            cursor=state.cursor,
            back=state.back,
            hidden=transcript.hidden,
            total=len(transcript),
            glyphs=screen.glyphs,
        )
    if state.kind == "suggestions":
        from das_tui.view import suggestions

        questions = overview.suggestions if overview is not None else ()
        return suggestions.rows(
            questions, width, room, writing=state.typed == "e", glyphs=screen.glyphs
        )
    if state.kind == "told":
        return dock.told_rows(*screen.told, width, room, glyphs=screen.glyphs)
    if state.kind == "budget":
        held = screen.held
        if held is None:
            return None
        from das_tui.view import usage

        return usage.budget_rows(held.forecast, held.text, width, room, glyphs=screen.glyphs)
    if state.kind == "queue":
        from das_tui.view import usage

        line = screen.desk.queue()
        state.cursor = max(0, min(state.cursor, len(line) - 1))
        return usage.queue_rows(
            line, width, room, cursor=state.cursor, now=screen.now(), glyphs=screen.glyphs
        )
    if session is None:
        return None
    if state.kind == "stop":
        return dock.stop_rows(session, width, room, glyphs=screen.glyphs)
    return dock.leave_rows(session, width, room, glyphs=screen.glyphs)


def _answer_labels(screen: FringeScreen) -> dict[str, str]:
    """The keys of the answers to an ask, by those that they have without settings."""
    if screen.table is TABLE:
        return {}
    return {
        key_label(action.keys[0]): screen.table.label(action.id, screen.glyphs)
        for action in ACTIONS
        if action.scopes == ("dock",) and action.keys
    }


def keys(screen: FringeScreen, state: DockState) -> list[tuple[str, str]]:
    """The footer while a dock has the focus."""
    if state.kind == "levels":
        return [("j k", "move"), ("enter", "set"), ("0", "all"), ("esc", "back")]
    if state.kind == "suggestions":
        last = f"1-{min(9, len(screen.overview.suggestions) if screen.overview else 0)}"
        write = [(last, "write it")] if state.typed else [(last, "ask"), ("e", "write first")]
        return [*write, ("esc", "back")]
    if state.kind == "told":
        return [("esc", "close")]
    if state.kind == "budget":
        return [("y", "send this one"), ("esc", "keep the draft")]
    if state.kind == "queue":
        return [("j k", "move"), ("w", "take back"), ("enter", "open"), ("esc", "close")]
    if state.kind == "stop":
        session = screen.desk.sessions.get(state.key)
        if session is not None and session.state is State.NEEDS_INPUT:
            return [("y", "cancel it"), ("esc", "let it wait")]
        return [("y", "stop"), ("esc", "keep running")]
    if state.kind == "leave":
        return [("q", "leave"), ("esc", "stay")]
    if state.stage == "type":
        return [("^u", "clear"), ("esc", "back")]
    found = [screen._pair("line_down", "line_up", "scroll above"), ("space b", "scroll here")]
    if not state.seen:
        # Until the end was seen nothing can be approved: that key comes first.
        found.reverse()
    if len(screen.desk.waiting()) > 1:
        found.append(screen._key("needs_me", "next that needs me"))
    return [*found, screen._pair("previous_session", "next_session", "session")]


def looks_like_instance(target: str) -> bool:
    """Whether a target is an instance id (`rm-…`, `pc-…`) and not a database name."""
    head, dash, tail = target.partition("-")
    return bool(dash) and head in INSTANCE_PREFIXES and bool(tail)
