"""Questions that wait for their turn: the account takes only so many conversations at a time."""

from das_tui.light import dataclass


@dataclass(frozen=True, slots=True)
class WaitingQuestion:
    """A question as it is kept while it waits; `at` is when it was asked (UNIX seconds)."""

    id: int
    key: str
    profile: str
    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A question in the queue.

    `id` names it for `withdraw`; `place` counts from 1; `key` and `title` are of its session;
    `since` is when it was asked (UNIX seconds); `behind` says in a few words what it waits for.
    """

    id: int
    place: int
    key: str
    title: str
    text: str
    since: float
    behind: str
