"""Stored sessions for the commands: opening the store and finding one by what was typed."""

from collections.abc import Iterator
from contextlib import contextmanager

from das_tui.cli import exits
from das_tui.cli.output import narrate
from das_tui.config.paths import data_folder, history_file, usable_folder
from das_tui.domain.session import Session
from das_tui.store.errors import AmbiguousSession, UnknownSession
from das_tui.store.store import Store
from das_tui.view.clean import one_line

_LISTED = 10
_TITLE = 60
_HINT = 600


@contextmanager
def opened(*, read_only: bool = False) -> Iterator[Store]:
    """The store of real runs; where it cannot be written, one that stands in for it, and stderr
    says so before and after. Raises `ConfigError` or `StoreError`."""
    folder = data_folder()
    if not read_only or folder.exists():
        usable_folder(folder)
    path = history_file(folder)
    store = Store.open(path, read_only=True) if read_only else Store.at_best(path)
    try:
        if store.hint:
            narrate(f"das-tui: {one_line(store.hint, _HINT)}")
        yield store
    finally:
        if store.is_lost and not store.regain():
            narrate("das-tui: not stored; the history has nothing of this")
        store.close()


def find(store: Store, text: str) -> Session:
    """The session that `text` means. Ends the command with what there is instead."""
    try:
        return store.find(text)
    except UnknownSession:
        kept = (session for session in store.sessions(archived=True) if not session.deleted_at)
        there = sorted(kept, key=lambda s: s.last_at, reverse=True)
        what = f"no stored session begins with {one_line(text)!r}"
        raise exits.Stop(exits.LOCAL, _listed(what, "there are", there)) from None
    except AmbiguousSession as error:
        what = f"{len(error.candidates)} stored sessions begin with {one_line(text)!r}"
        raise exits.Stop(exits.LOCAL, _listed(what, "they are", list(error.candidates))) from None


def name(session: Session) -> str:
    """What to type for a session: the service's id, or our key before there is one."""
    return one_line(session.session_id) or session.key


def _listed(what: str, lead: str, sessions: list[Session]) -> str:
    if not sessions:
        return f"{what}; nothing is stored yet"
    lines = [f"  {name(s)}  {one_line(s.title)[:_TITLE]}".rstrip() for s in sessions[:_LISTED]]
    more = len(sessions) - len(lines)
    lines += [f"  and {more:,} more, das-tui sessions lists them"] if more else []
    return "\n".join([f"{what}; {lead}:", *lines])
