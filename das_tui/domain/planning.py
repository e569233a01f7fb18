"""The plan of a run, the rules that open its steps, and what the agent asks of a human."""

from dataclasses import replace
from typing import Any

from das_tui.domain import content
from das_tui.domain.blocks import Ask, PlanShown, StepRule
from das_tui.domain.canvas import Canvas
from das_tui.domain.events import AskKind
from das_tui.domain.plan import Change, Plan, PlanStep, StepChange, StepStatus, diff

IN_WORDS = "you answered in words"
NOT_ANSWERED = "not answered"
WENT_ON = "the run went on without an answer"

MAX_COMPARED = 200
"""Plans with more steps are shown without what changed: comparing costs the square."""

_SUBJECTS = {
    AskKind.PLAN: "the plan",
    AskKind.SQL: "the statement",
    AskKind.REPORT: "the web report",
}
_KINDS = {
    "ask_plan": AskKind.PLAN,
    "ask_sql": AskKind.SQL,
    "ask_report_render": AskKind.REPORT,
}


class Planning:
    """The plan as it stands, at most one open step and at most one open ask.

    `plan` is None before the first one of a question, `step` and `ask` are block indexes, -1 for
    none. An ask `waits` unless it was only announced (DMS `data` with an `ask_*` category).
    `changes` is what the latest other plan changed, empty until there is another one.
    """

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self.plan: Plan | None = None
        self.changes: tuple[StepChange, ...] = ()
        self.step = -1
        self.ask = -1
        self.waits = False
        self._last_asked: Plan | None = None
        self._answered: tuple[int, Ask | None] = (-1, None)

    def mark(self) -> list[Any]:
        """What `resume` goes on from."""
        open_ = [self.step, self.ask, self.waits]
        return [self.plan, self.changes, *open_, self._last_asked, *self._answered]

    def resume(self, mark: Any) -> None:
        """Go on where the planning of `mark` stood."""
        self.plan, self.changes, self.step, self.ask, self.waits, self._last_asked, *rest = mark
        index, ask = rest
        self._answered = (index, ask)

    def begin(self) -> None:
        """A new question: the plan of the one before is no ground for comparing."""
        self.end_step()
        self.plan = None
        self.changes = ()
        self._last_asked = None

    def end(self, status: StepStatus) -> None:
        """The run is over: what was running ended with `status`, what was asked is void."""
        self.end_step()
        self.drop_ask()
        if self.plan is not None:
            steps = tuple(
                replace(step, status=status) if step.status is StepStatus.RUNNING else step
                for step in self.plan.steps
            )
            self._keep(replace(self.plan, steps=steps))

    # --- the plan ------------------------------------------------------------------------------

    def take(self, plan: Plan) -> PlanShown | None:
        """Take over a plan and open its running step. What to show of it: the plan when it is
        new, its changes when it differs, nothing when only its progress does."""
        before = self.plan
        kept = self._keep(plan)
        running = next((s for s in reversed(kept.steps) if s.status is StepStatus.RUNNING), None)
        if running is not None:
            self.enter(running.order, running.name)
            kept = self.plan or kept
        if before is None:
            return PlanShown(kept)
        changes = _compared(before, kept)
        self.changes = changes or self.changes
        if changes or (_too_long(before, kept) and _names(before) != _names(kept)):
            return PlanShown(kept, changes)
        return None

    def waiting(self) -> Plan | None:
        """The plan while a human is asked: its running step waits."""
        if self.plan is None:
            return None
        steps = tuple(
            replace(step, status=StepStatus.WAITING) if step.status is StepStatus.RUNNING else step
            for step in self.plan.steps
        )
        return replace(self.plan, steps=steps)

    def _keep(self, plan: Plan) -> Plan:
        """Take over a plan, keeping what is known of its steps' times and blocks."""
        known = self.plan or Plan()
        before = {step.name: step for step in known.steps}
        self.plan = replace(
            plan,
            title=plan.title or known.title,
            plan_id=plan.plan_id or known.plan_id,
            steps=tuple(self._timed(step, before.get(step.name)) for step in plan.steps),
        )
        return self.plan

    def _timed(self, step: PlanStep, known: PlanStep | None) -> PlanStep:
        started = known.started_at if known is not None else None
        seconds = known.seconds if known is not None else None
        if step.status is StepStatus.RUNNING and started is None:
            started = self._canvas.now
        ended = step.status in {StepStatus.DONE, StepStatus.FAILED}
        if ended and started is not None and seconds is None:
            seconds = self._canvas.since(started)
        block = known.block if known is not None else -1
        return replace(step, started_at=started, seconds=seconds, block=block)

    # --- steps ---------------------------------------------------------------------------------

    def number_of(self, name: str) -> int:
        """The order of the step with this name, 0 where the plan has none."""
        if self.plan is None or not name:
            return 0
        return next((step.order for step in self.plan.steps if step.name == name), 0)

    def enter(self, number: int, name: str) -> None:
        """The run is in this step: open its rule, unless it is open already."""
        body = self._canvas.body(self.step)
        if isinstance(body, StepRule) and (body.number, body.name) == (number, name):
            self._canvas.touch(self.step)
            return
        self.end_step()
        self.step = self._canvas.add(StepRule(number, name), live=True)
        if self.plan is not None:
            self.plan = replace(self.plan, steps=tuple(map(self._begun, self.plan.steps)))

    def _begun(self, step: PlanStep) -> PlanStep:
        """A step of the plan, with its place and its start if it is the one just entered."""
        if step.name != self.step_name:
            return step
        started = self._canvas.now if step.started_at is None else step.started_at
        block = self.step if step.block < 0 else step.block
        return replace(step, block=block, started_at=started)

    def end_step(self) -> None:
        """The open step is over."""
        if self.step >= 0:
            self._canvas.end(self.step, own=False)
            self.step = -1

    @property
    def step_name(self) -> str:
        """The name of the open step, empty for none."""
        body = self._canvas.body(self.step)
        return body.name if isinstance(body, StepRule) else ""

    # --- asks ----------------------------------------------------------------------------------

    def put_ask(
        self, kind: AskKind, content_type: str, text: str, checkpoint: int | None, *, waits: bool
    ) -> None:
        """The agent asks. An ask that was announced before becomes the one that waits."""
        asked = content.read_ask(kind, content_type, text)
        changes: tuple[StepChange, ...] = ()
        if asked.plan is not None:
            before = self._last_asked or self.plan
            if before is not None:
                changes = _compared(before, asked.plan)
                self.changes = changes or self.changes
            self._keep(asked.plan)
            if waits:
                self._last_asked = asked.plan
        body = Ask(
            kind=kind,
            text=asked.text,
            sql=asked.sql,
            explain=asked.explain,
            plan=self.plan if asked.plan is not None else None,
            changes=changes,
            checkpoint=checkpoint,
        )
        waits = waits or self.waits
        current = self.open_ask
        if current is not None and current.kind is kind:
            self._canvas.update(self.ask, body)
        else:
            self.drop_ask()
            self.ask = self._canvas.add(body, live=True)
        self.waits = waits

    @property
    def open_ask(self) -> Ask | None:
        """What is asked and not answered yet."""
        body = self._canvas.body(self.ask)
        return body if isinstance(body, Ask) else None

    def settle(self, choice: str) -> bool:
        """The waiting ask was answered; False where the words themselves must be shown."""
        ask = self.open_ask
        if ask is None or not self.waits:
            self.drop_ask()
            return False
        said = _said(ask, choice)
        self._answered = (self.ask, ask)
        self._settle(ask, said or IN_WORDS)
        return bool(said)

    def reopen(self) -> bool:
        """The last answer did not reach the service: what it settled waits again."""
        index, ask = self._answered
        if ask is None or self.ask >= 0:
            return False
        block = self._canvas.block(index)
        since = block.at - (block.seconds or 0.0) if block.at is not None else None
        self._canvas.update(index, ask, live=True, at=since, own=False)
        self.ask, self.waits = index, True
        self._answered = (-1, None)
        return True

    def drop_ask(self) -> None:
        """The open ask will not be answered any more."""
        ask = self.open_ask
        if ask is not None:
            self._settle(ask, NOT_ANSWERED if self.waits else WENT_ON)

    def _settle(self, ask: Ask, words: str) -> None:
        now = self._canvas.now
        waited = self._canvas.since(self._canvas.block(self.ask).at) if self.waits else None
        body = replace(ask, answered=words)
        self._canvas.update(self.ask, body, live=False, seconds=waited, at=now, own=False)
        self.ask = -1
        self.waits = False


def ask_kind(category: str) -> AskKind:
    """What an `ask_*` category asks for; one that is not known asks for words."""
    return _KINDS.get(category, AskKind.HUMAN)


def _names(plan: Plan) -> list[str]:
    return [step.name for step in plan.steps]


def _compared(old: Plan, new: Plan) -> tuple[StepChange, ...]:
    """What changed between two plans, empty where nothing did."""
    if _too_long(old, new) or _names(old) == _names(new):
        return ()
    changes = diff(old, new)
    return changes if any(change.change is not Change.SAME for change in changes) else ()


def _too_long(old: Plan, new: Plan) -> bool:
    return max(len(old.steps), len(new.steps)) > MAX_COMPARED


def _said(ask: Ask, choice: str) -> str:
    """The sentence for a settled ask; empty where the words themselves are shown."""
    subject = _SUBJECTS.get(ask.kind)
    if subject is None:
        return ""
    if choice == "refuse":
        return f"you refused {subject}"
    if choice == "approve_all":
        return f"you approved {subject} and all later ones"
    if choice != "approve":
        return ""
    if ask.kind is AskKind.PLAN and ask.plan is not None:
        return f"you approved the plan, {ask.plan.count} steps"
    return f"you approved {subject}"
