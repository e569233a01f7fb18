"""A plan of the DMS Data Agent and what changed between two of them."""

from enum import StrEnum

from das_tui.light import dataclass


class StepStatus(StrEnum):
    """How a step stands. The wire spells these in many ways; `content.py` maps them."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One step. `started_at` in UNIX seconds, `seconds` its duration once it ended, `block` the
    index of its step row in the transcript; -1 where it has none yet."""

    order: int
    name: str
    description: str = ""
    type: str = ""
    status: StepStatus = StepStatus.PENDING
    started_at: float | None = None
    seconds: float | None = None
    block: int = -1


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan; `current` counts from 1, is 0 before the first step, and may exceed the list. Behind
    the `steps` come `more`, which are only stored."""

    plan_id: str = ""
    title: str = ""
    status: str = ""
    current: int = 0
    steps: tuple[PlanStep, ...] = ()
    more: int = 0

    @property
    def count(self) -> int:
        """The number of all steps."""
        return len(self.steps) + self.more


class Change(StrEnum):
    """What happened to a step between two plans."""

    SAME = "same"
    NEW = "new"
    MOVED = "moved"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class StepChange:
    """A step of the new plan, or a dropped one of the old at the place where it stood; `was` is
    its old order for a moved step."""

    change: Change
    step: PlanStep
    was: int = 0


def diff(old: Plan, new: Plan) -> tuple[StepChange, ...]:
    """The steps of `new` in order, with the dropped ones of `old` after their old neighbour.

    Steps are the same when their names are. A step counts as moved only if its place among the
    steps that both plans have changed, so that an inserted step does not move all later ones.
    """
    old_names = [step.name for step in old.steps]
    new_names = [step.name for step in new.steps]
    kept_old = [name for name in old_names if name in new_names]
    kept_new = [name for name in new_names if name in old_names]
    in_order = _longest_common(kept_old, kept_new)
    changes: list[StepChange] = []
    for step in new.steps:
        if step.name not in old_names:
            changes.append(StepChange(Change.NEW, step))
        elif step.name in in_order:
            changes.append(StepChange(Change.SAME, step))
        else:
            was = old.steps[old_names.index(step.name)].order
            changes.append(StepChange(Change.MOVED, step, was))
    for index, step in enumerate(old.steps):
        if step.name in new_names:
            continue
        before = set(old_names[:index])
        place = max(
            (i + 1 for i, change in enumerate(changes) if change.step.name in before), default=0
        )
        changes.insert(place, StepChange(Change.DROPPED, step))
    return tuple(changes)


def _longest_common(left: list[str], right: list[str]) -> set[str]:
    """Names of a longest common subsequence; plans have a handful of steps."""
    table: list[list[tuple[str, ...]]] = [[()] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i, a in enumerate(left, 1):
        for j, b in enumerate(right, 1):
            if a == b:
                table[i][j] = (*table[i - 1][j - 1], a)
            else:
                table[i][j] = max(table[i - 1][j], table[i][j - 1], key=len)
    return set(table[-1][-1])
