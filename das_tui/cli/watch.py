"""One run in the foreground: what `ask` and `attach` share."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from das_tui.cli import exits, history
from das_tui.cli.context import Context
from das_tui.cli.lines import Lines
from das_tui.cli.output import narrate
from das_tui.cli.plain import Printer, spec_for
from das_tui.domain.blocks import Block, Note
from das_tui.domain.events import AnyEvent, Dispatched, NotDispatched, Refused
from das_tui.domain.record import LOCAL, Frame, Record, Service
from das_tui.domain.session import Session, State
from das_tui.domain.turn import Turn
from das_tui.domain.usage import Bill
from das_tui.run import refuge, replay
from das_tui.run.account import Account
from das_tui.run.backoff import Backoff
from das_tui.run.kept import Kept
from das_tui.run.supervisor import Supervisor
from das_tui.store.store import Store
from das_tui.view import usage
from das_tui.view.ages import thousands
from das_tui.view.clean import one_line
from das_tui.wire.errors import WireError

_TURNED_DOWN = frozenset({State.FAILED, State.NOT_DISPATCHED, State.NEEDS_INPUT})
_SAID = frozenset({State.QUEUED, State.STARTING, State.LIVE, State.LINE_LOST})
"""States that are narrated by their word; the others have a row of the transcript or an end."""

_MOST, _HERE = 4_096, 512
"""So many blocks are in memory before older ones are let go, and so many stay then."""

_TIDY_SECONDS = 0.25

_CROWDS = 3
"""How often a question is sent while the account has no conversation free: somebody waits at the
prompt and can ask again."""


class Watcher:
    """Prints a session as it is committed: JSON lines or plain text on stdout, the rest on
    stderr. `left` is called once nobody reads stdout any more; `fault` is a mistake of this
    program that ended the printing."""

    def __init__(
        self,
        given: Context,
        session: Session,
        *,
        as_json: bool,
        level: int | None,
        echo: bool,
    ) -> None:
        self._out = given.out
        self._turn = Turn(whole=not as_json)
        self._open: dict[int, Block] = {}
        self._said = ""
        self._paid_before = 0
        self._named = ""
        self._undelivered = 0
        self._session = session
        self.fault: Exception | None = None
        self.left: Callable[[], None] = _nothing
        self._lines = Lines(given.out, level) if as_json else None
        self._printer = Printer(
            _nothing if as_json else given.out.line,
            spec_for(given.out, session, ascii_only=given.ascii),
            level,
            narrated=narrate,
            echo=echo,
        )

    def prime(self, records: Iterable[Record]) -> None:
        """What is stored already: known, and not printed again."""
        for record in records:
            replay.apply(self._turn, replay.read(record), record.at, record.position)
        self._turn.skip_changes()
        self._paid_before = self._turn.overview.chars
        self._printer.skip(len(self._turn.blocks))

    def repeat(self, session: Session, records: Iterable[Record]) -> None:
        """What is stored already, printed again."""
        self._take(session, [(record, replay.read(record)) for record in records])

    def committed(
        self, session: Session, readings: Sequence[tuple[Record, tuple[AnyEvent, ...]]]
    ) -> None:
        """Print what was stored. A mistake in here ends the printing and not the run."""
        if self.fault is not None:
            return
        try:
            self._take(session, readings)
        except Exception as error:
            self.fault = error

    def _take(
        self, session: Session, readings: Sequence[tuple[Record, tuple[AnyEvent, ...]]]
    ) -> None:
        for record, events in readings:
            replay.apply(self._turn, events, record.at, record.position)
            for event in events:
                self._undelivered = _undelivered(event, self._undelivered)
            if self._lines is not None and record.source != LOCAL:
                if record.source != Service.DAS:
                    self._lines.session = session.session_id
                frame = Frame(record.event, record.data)
                self._lines.write(record.source, frame, record.seq, events)
        self.changed(session)
        self._printer.take(self._turn.changed())
        if self._turn.count - self._turn.first > _MOST:
            self._let_go()
        self._out.flush()
        if self._out.gone:
            self.left()

    def _let_go(self) -> None:
        """Keep the latest blocks only, and those that may still change: the others are printed."""
        turn = self._turn
        upto = turn.count - _HERE
        gone = turn.altered | {block.index: block for block in turn.blocks if block.index < upto}
        for index, block in gone.items():
            if block.live:
                self._open[index] = block
            else:
                self._open.pop(index, None)
        turn.release(upto, lambda at: self._open.get(at) or Block(at, Note("")))

    def changed(self, session: Session) -> None:
        """Narrate the id of the session once it is known, and states as they change."""
        self._session = session
        if session.session_id and session.session_id != self._named:
            self._named = session.session_id
            agent = f"   agent {one_line(session.agent_id)}" if session.agent_id else ""
            narrate(f"session {one_line(session.session_id)}{agent}")
        words = "   ".join(filter(None, (session.state.value, one_line(session.detail))))
        if words != self._said and session.state in _SAID:
            narrate(words)
        self._said = words

    @property
    def key(self) -> str:
        """The session that is printed, empty before it is known."""
        return self._session.key

    def close(self, unread: WireError | None = None, bill: Bill | None = None) -> int:
        """Print what is left, narrate the verdict and the next safe act; the exit code. `unread`
        is why the stream could not be read, where the verdict is an older one; `bill` what the
        answer costs."""
        session = self._session
        self._printer.close()
        self._out.flush()
        overview = self._turn.overview
        chars = overview.chars - self._paid_before
        # A refusal of now is a fact of the session and tells itself; else the verdict is older.
        older = not self._undelivered and session.state is not State.CUT
        if unread is not None and older:
            said = ("not followed", unread.title, unread.fact, f"stored as {session.state.value}")
            narrate("   ".join(one_line(word) for word in said if word))
        else:
            narrate("   ".join(_verdict(session, overview.request_id, chars, bill)))
        following = next_act(session)
        if following:
            narrate(f"next: {following}")
        if self._undelivered and session.state in _TURNED_DOWN:
            return self._undelivered
        if unread is not None and older:
            return exits.by_error(unread)
        return exits.by_state(session.state)


def _nothing(_: str = "") -> None:
    """Takes a line, or nothing, and drops it."""


def _verdict(session: Session, request_id: str, chars: int, bill: Bill | None) -> list[str]:
    """State, reason, what is kept or what `chars` cost by the bill, and the request's id."""
    facts = [session.state.value]
    if session.detail:
        facts.append(one_line(session.detail))
    if session.service == Service.DMS:
        facts.append(f"{thousands(session.frames)} kept")
    elif chars:
        about = "~" if bill is not None and bill.turn.estimated else ""
        facts.append(f"{about}{thousands(chars)} chars")
        if bill is not None and (text := usage.amount(bill.turn, bill.tariff)):
            facts.append(text)
    if request_id:
        facts.append(f"request {one_line(request_id)}")
    return facts


def next_act(session: Session) -> str:
    """The one safe next act after the verdict, empty where there is none."""
    name = history.name(session)
    if session.service != Service.DMS:
        return {
            State.CUT: f"das-tui show {name} prints what was kept; asking again is paid again",
            State.NOT_DISPATCHED: "asking again is safe",
        }.get(session.state, "")
    follow = f"das-tui attach {name} --agent-id {one_line(session.agent_id)}"
    return {
        State.NEEDS_INPUT: f"das-tui ask --session {name} TEXT answers it, das-tui shows it",
        State.CUT: f"{follow} follows it; nothing is sent a second time",
        State.LIVE: f"{follow} follows it",
        State.LINE_LOST: f"{follow} follows it",
        State.STARTING: f"{follow} follows it",
        State.NOT_DISPATCHED: "asking again is safe",
    }.get(session.state, "")


def _undelivered(event: AnyEvent, before: int) -> int:
    """The exit code of a message that was not taken; 0 once one was."""
    if isinstance(event, NotDispatched):
        return exits.NOT_REACHED
    if isinstance(event, Refused):
        return exits.NOT_REACHED if exits.throttled(event.code) else exits.FAILED
    return 0 if isinstance(event, Dispatched) else before


def run(
    store: Store,
    account: Account,
    watcher: Watcher,
    begin: Callable[[Supervisor], Awaitable[str]],
    *,
    resumable: bool,
) -> int:
    """Begin a run and watch it to its verdict; the exit code.

    A signal stops watching in order. A reader of stdout that went away does too, where the run
    can be followed again (`resumable`); a paid answer is received and stored to its end. So it is
    when the terminal goes away (SIGHUP).
    """
    return asyncio.run(_watched(store, account, watcher, begin, resumable))


async def _watched(
    store: Store,
    account: Account,
    watcher: Watcher,
    begin: Callable[[Supervisor], Awaitable[str]],
    resumable: bool,
) -> int:
    loop = asyncio.get_running_loop()
    leave: asyncio.Future[int] = loop.create_future()

    def end(code: int) -> None:
        if not leave.done():
            leave.set_result(code)

    supervisor = Supervisor(store, account, watcher, backoff=Backoff(crowds=_CROWDS))

    def failed(error: BaseException) -> None:
        if watcher.fault is None and isinstance(error, Exception):
            watcher.fault = error
        end(exits.INTERNAL)

    refuge.heed(loop, failed)

    def signalled(signum: int) -> None:
        if signum != signal.SIGHUP or not supervisor.paid:
            end(exits.by_signal(signum))

    if resumable:
        watcher.left = lambda: end(exits.FINISHED)
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(signum) is not signal.SIG_IGN:
            loop.add_signal_handler(signum, signalled, signum)
    watched = asyncio.ensure_future(_begun(supervisor, begin))
    tidied = asyncio.ensure_future(_tidied(supervisor))
    either: set[asyncio.Future[Any]] = {watched, leave}
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not leave.done():
            await watched
    finally:
        watched.cancel()
        tidied.cancel()
        await supervisor.close()
    if supervisor.trouble:
        why = one_line(supervisor.trouble)
        narrate(f"das-tui: not stored: {why}; not all that was printed is in the history")
    if watcher.fault is not None:
        raise watcher.fault
    bill = supervisor.cashier.bill(watcher.key) if watcher.key else None
    if not leave.done():
        return watcher.close(supervisor.unread(watched.result().key), bill)
    if leave.result() != exits.FINISHED:
        watcher.close(bill=bill)
    return leave.result()


async def _tidied(supervisor: Supervisor) -> None:
    """Pack what is old of a long run as it goes on."""
    while True:
        await asyncio.sleep(_TIDY_SECONDS)
        for run in supervisor.memory.runs():
            if not supervisor.trouble:
                await supervisor.shelves.relieve(run.kept, _left)


def _left(kept: Kept) -> None:
    """Nobody looks at blocks that are on the shelf."""


async def _begun(supervisor: Supervisor, begin: Callable[[Supervisor], Awaitable[str]]) -> Session:
    return await supervisor.wait(await begin(supervisor))
