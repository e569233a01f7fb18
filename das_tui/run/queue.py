"""The line of DAS questions: an account takes only so many conversations at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count

from das_tui.domain.waiting import Waiting
from das_tui.light import dataclass

HERE = "behind the answer in this session"


@dataclass(slots=True, eq=False)
class Ticket:
    """A question's place in the line; earlier ones have a lower `id`.

    `call` is called when its turn has come; it then holds one of the slots until it leaves. `free`
    says whether its session could take it. `tell` is told its place and what it waits for,
    whenever that changes. `stored` is the id under which the store keeps it, 0 where it does not;
    `agreed` means that the operator wants it sent even over budget.
    """

    id: int
    key: str
    text: str
    since: float
    call: Callable[[], None]
    free: Callable[[], bool]
    tell: Callable[[str], None]
    stored: int = 0
    agreed: bool = False
    holds: bool = False
    behind: str = ""
    place: int = 0


class Queue:
    """Who may converse, and who waits, in the order of asking. A question whose session still
    receives an answer lets others pass.

    `changed` is told the sessions of which questions came, went or moved. Once `closed` nobody is
    called any more.
    """

    def __init__(self, slots: int, changed: Callable[[frozenset[str]], None]) -> None:
        self._slots = max(1, slots)
        self._held = 0
        self._line: list[Ticket] = []
        self._crowded: dict[Ticket, str] = {}
        self._numbers = count(1)
        self._changed = changed
        self._told: dict[int, tuple[str, int, str]] = {}
        self.closed = False

    def ticket(
        self,
        key: str,
        text: str,
        since: float,
        *,
        call: Callable[[], None],
        free: Callable[[], bool] = lambda: True,
        tell: Callable[[str], None] = lambda _: None,
        stored: int = 0,
        agreed: bool = False,
    ) -> Ticket:
        """A place behind all that were given before; it counts once it joins."""
        number = next(self._numbers)
        return Ticket(number, key, text, since, call, free, tell, stored, agreed)

    def join(self, ticket: Ticket) -> None:
        """Get in line; called at once where a slot is free. One that holds a slot keeps it."""
        if ticket.holds or ticket in self._line:
            return
        self._line.append(ticket)
        self._line.sort(key=lambda other: other.id)
        self.look()

    def leave(self, ticket: Ticket) -> None:
        """Give the slot or the place back. Who is next is called by `look`, when the session that
        left can take a further question too."""
        self._crowded.pop(ticket, None)
        if ticket.holds:
            ticket.holds = False
            self._held -= 1
        elif ticket in self._line:
            self._line.remove(ticket)
        self._tell()

    def look(self) -> None:
        """Call those whose turn it is."""
        for ticket in list(self._line):
            if self.closed or self._held >= self._slots:
                break
            if ticket.free():
                self._line.remove(ticket)
                ticket.holds = True
                self._held += 1
                ticket.call()
        self._tell()

    def crowded(self, ticket: Ticket, behind: str) -> None:
        """The service takes no conversation although a slot is free here: others hold them.
        The question waits in view and keeps its slot; an empty `behind` ends that."""
        if behind:
            self._crowded[ticket] = behind
        else:
            self._crowded.pop(ticket, None)
        self._tell()

    # --- what can be seen ----------------------------------------------------------------------

    def tickets(self) -> list[Ticket]:
        """All that wait, in order."""
        return sorted([*self._crowded, *self._line], key=lambda ticket: ticket.id)

    @property
    def held(self) -> int:
        """Conversations that were let through and have not ended."""
        return self._held

    def find(self, number: int) -> Ticket | None:
        """The waiting ticket with this id."""
        return next((ticket for ticket in self.tickets() if ticket.id == number), None)

    def waiting(self, titles: Mapping[str, str]) -> tuple[Waiting, ...]:
        """The line as it is shown; `titles` are those of the sessions by key."""
        return tuple(
            Waiting(
                id=ticket.id,
                place=ticket.place,
                key=ticket.key,
                title=titles.get(ticket.key, ""),
                text=ticket.text,
                since=ticket.since,
                behind=ticket.behind,
            )
            for ticket in self.tickets()
        )

    def _behind(self, ticket: Ticket) -> str:
        if ticket in self._crowded:
            return self._crowded[ticket]
        if not ticket.free():
            return HERE
        answers = "the answer" if self._held <= 1 else f"{self._held} answers"
        return f"behind {answers} under way"

    def _tell(self) -> None:
        """Say what has become different, to the questions and to whoever shows the line."""
        told, before = {}, self._told
        for place, ticket in enumerate(self.tickets(), 1):
            ticket.place, ticket.behind = place, self._behind(ticket)
            told[ticket.id] = (ticket.key, place, ticket.behind)
            if told[ticket.id] != before.get(ticket.id):
                ticket.tell(f"place {place}, {ticket.behind}")
        self._told = told
        changed = frozenset(key for _, (key, *_) in told.items() ^ before.items())
        if changed:
            self._changed(changed)
