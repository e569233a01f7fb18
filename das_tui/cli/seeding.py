"""The demo's older sessions in the store, through the ordinary decode and append.

The long one takes seconds, so a process of its own fills it in while the app is up; the engine
sees it arrive like the session of any other instance.
"""

import contextlib
import fcntl
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from das_tui.demo import past
from das_tui.demo.past import PastSession
from das_tui.domain.secrets import without_keys
from das_tui.domain.session import Session
from das_tui.domain.setup import SessionSetup
from das_tui.run.past import keep
from das_tui.store.store import Appended, Store

PROFILE = "demo"

_LONG = "verbose"
_OWED = "long-session-owed"
"""A file of this name says that the long session is not stored yet; it holds the time as of
which the others are."""

_LOCK = "filling.lock"
"""Of several demos that start at once one fills the store, the others wait for it."""

_NICE = 10


def seed(path: Path, now: float | None = None) -> None:
    """On the first start, fill the store at `path` with all sessions but the long one, as of
    `now` (UNIX seconds). A start that was broken off leaves nothing."""
    claim = os.open(path.with_name(_LOCK), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(claim, fcntl.LOCK_EX)
        if not path.exists():
            _store_short(path, now)
    finally:
        os.close(claim)


def _store_short(path: Path, now: float | None) -> None:
    for left in path.parent.glob("seed-*.db*"):
        left.unlink(missing_ok=True)
    at = time.time() if now is None else now
    draft = _draft(path)
    store = Store.open(draft)
    for older in _older(at, long=False):
        _keep(store, older, at)
    store.close()
    owed = path.with_name(_OWED)
    owed.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(owed, flags, 0o600), "w") as file:
        file.write(repr(at))
    draft.rename(path)


def start_long(path: Path) -> "subprocess.Popen[bytes] | None":
    """Start the process that stores the long session, where it is not stored yet."""
    if not path.with_name(_OWED).exists():
        return None
    script = "import sys; from das_tui.cli.seeding import seed_long; seed_long(sys.argv[1])"
    return subprocess.Popen(
        [sys.executable, "-P", "-c", script, str(path)],
        env=without_keys(os.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def seed_long(name: str) -> None:
    """Store the long session in the store of that path, all of it in one transaction. Of several
    processes that want to, one does."""
    os.nice(_NICE)
    path = Path(name)
    owed = path.with_name(_OWED)
    with contextlib.suppress(FileNotFoundError), _read(owed) as claim:
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        if owed.exists():
            _store_long(path, float(claim.read()))
            owed.unlink()


def _read(path: Path) -> TextIO:
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "r")


def _store_long(path: Path, at: float) -> None:
    draft = _draft(path)
    store = Store.open(draft)
    done = [_keep(store, older, at) for older in _older(at, long=True)]
    batch = [Appended(row.key, tuple(store.load(row.key)), row) for row in done]
    store.close()
    live = Store.open(path)
    live.append(batch)
    live.close()
    draft.unlink()


def _older(at: float, *, long: bool) -> Iterable[PastSession]:
    """The older sessions, the oldest first; with `long` the long one alone."""
    return reversed(past.sessions(at, long=long))


def _keep(store: Store, older: PastSession, at: float) -> Session:
    began = at - older.age
    row = Session(
        key=secrets.token_hex(8),
        service=older.service,
        session_id=older.session_id,
        agent_id=older.agent_id,
        title=older.title,
        target=older.target,
        profile=PROFILE,
        created_at=began,
        asked_at=began,
        last_at=began,
        since=began,
        setup=SessionSetup(sources=older.sources).text(),
    )
    items = ((began + seconds, item) for seconds, item in older.items)
    return keep(store, row, items, unread=older.unread)


def _draft(path: Path) -> Path:
    return path.with_name(f"seed-{secrets.token_hex(6)}.db")
