"""How a new session is begun: what was set up for it, remembered by profile."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from das_tui import later
from das_tui.tui.options import AppOptions
from das_tui.tui.screens.composing import ComposingScreen
from das_tui.tui.theme import Palette
from das_tui.view.clean import one_line
from das_tui.view.glyphs import Glyphs
from das_tui.view.rows import BLANK, FAINT, MUTED, STRONG, TEXT, Row, Span
from das_tui.view.wrap import fit, span_cells, wrap_spans

if TYPE_CHECKING:
    from das_tui.domain import setup as setups
    from das_tui.tui import beginning as beginnings
    from das_tui.tui.beginning import Beginning
    from das_tui.view import setup as setup_view
else:
    beginnings = later.module("das_tui.tui.beginning")
    setup_view = later.module("das_tui.view.setup")
    setups = later.module("das_tui.domain.setup")


class BeginningScreen(ComposingScreen):
    """Knows with what the next new question is sent, and shows it above the composer."""

    def __init__(self, options: AppOptions, palette: Palette, glyphs: Glyphs) -> None:
        super().__init__(options, palette, glyphs)
        self._begun: dict[str, Beginning] = {}

    @property
    def _profile(self) -> str:
        account = self.options.account
        return account.profile if account is not None else ""

    @property
    def beginning(self) -> Beginning:
        """What the next new question is sent with."""
        found = self._begun.get(self._profile, beginnings.Beginning())
        return replace(found, service=self.new_question) if self.new_question else found

    def _with_beginning(self, act: Callable[[Beginning], object]) -> None:
        """Call `act` once it is known what an earlier life of the program had set up."""
        profile, engine = self._profile, self.engine
        if engine is None or profile in self._begun:
            act(self.beginning)
            return

        def found(setup: str, agent_id: str) -> None:
            read = beginnings.Beginning(agent_id=agent_id, setup=setups.SessionSetup.read(setup))
            self._begun.setdefault(profile, read)
            act(self.beginning)

        self._await(
            engine.draft(f"setup:{profile}"),
            lambda setup: self._await(
                engine.draft(f"agent:{profile}"),
                lambda agent_id: found(setup, agent_id),
                lambda: found(setup, ""),
            ),
            lambda: found("", ""),
        )

    def _begin_with(self, beginning: Beginning) -> None:
        """Take what the dialog gave, remember it, and write the question."""
        profile, engine = self._profile, self.engine
        self._begun[profile] = beginning
        if engine is not None:
            kept = beginning.setup.text()
            self._await(engine.set_draft(f"setup:{profile}", kept), lambda _: None)
            self._await(engine.set_draft(f"agent:{profile}", beginning.agent_id), lambda _: None)
        self.begin_question(beginning.service)

    @abstractmethod
    def begin_question(self, service: str) -> None:
        """Open the composer for a new question to `service`."""

    def _ask_new(self, text: str, **more: Any) -> Future[Any]:
        """Ask in a new session, with what was set up for it and `more` for `Engine.ask`."""
        asked: Future[Any] = Future()

        def ask(beginning: Beginning) -> None:
            engine = self.engine
            if engine is None:
                asked.cancel()
                return
            service = beginning.service
            future = engine.ask(
                text,
                service=service,
                agent_id="" if service == "dms" else beginning.agent_id,
                setup=beginning.sent(),
                **more,
            )
            future.add_done_callback(settle)

        def settle(done: Future[str]) -> None:
            error = done.exception() if not done.cancelled() else None
            if done.cancelled():
                asked.cancel()
            elif error is not None:
                asked.set_exception(error)
            else:
                asked.set_result(done.result())

        self._with_beginning(ask)
        return asked

    # --- the dialog ----------------------------------------------------------------------------

    def act_setup(self) -> None:
        """`S`: which agent, and how it is to work."""
        if self.options.account is None or self.engine is None:
            self.say(
                "no profile: nothing can be sent; :profile makes one",
                "no profile; :profile makes one",
            )
            return
        if self.pane == "composer" and not self.new_question:
            key = self.key_of("new_session")
            self.say(f"this session has begun; {key} begins one that can be set up")
            return
        self._keep_draft()
        if not self.new_question and self.session is not None:
            service = self.session.service
        else:
            service = self.new_question or "dms"
        self._with_beginning(lambda found: self._open_setup(replace(found, service=service)))

    def act_new_setup(self) -> None:
        """`^t` in the composer of a new question."""
        self.act_setup()

    def _open_setup(self, beginning: Beginning) -> None:
        from das_tui.tui.screens.new_session import NewSessionPage

        account, engine = self.options.account, self.engine
        if account is None or engine is None:
            return
        self.app.push_screen(
            NewSessionPage(beginning, account, engine, self._begin_with, self.palette, self.glyphs)
        )

    # --- what is shown -------------------------------------------------------------------------

    def _new_head(self, width: int) -> Row:
        """The head row of a new question: its agent, and what was set up."""
        left: list[Span] = [("   New question", STRONG), (f"  {self.new_question}", FAINT)]
        room = width - 2 - span_cells(left) - 3
        facts = self._setup_facts(room)
        return Row((*left, ("   ", TEXT), *facts) if facts else tuple(left))

    def _setup_facts(self, room: int) -> list[Span]:
        beginning = self.beginning
        sent = beginning.sent()
        if sent is not None:
            return setup_view.words(sent, max(0, room), dict(beginning.names), self.glyphs)
        if not beginning.agent_id or room < 8:
            return []
        return [(fit(one_line(beginning.agent_id), room, self.glyphs.ellipsis), MUTED)]

    def _new_rows(self, width: int) -> list[Row]:
        """What stands in the empty transcript of a new question."""
        where = {"das": "DAS agent", "dms": "DMS Data Agent", "chat": "DAS agent by Chat"}
        service = self.new_question
        rows = [
            BLANK,
            Row((("   Nothing asked yet.", TEXT),)),
            BLANK,
            Row((("   to the ", MUTED), (where.get(service, service), TEXT))),
        ]
        facts = self._setup_facts(10_000)
        rows += [
            Row((("   ", TEXT), *line)) for line in wrap_spans(facts, max(8, width - 5)) if facts
        ]
        if self.pane == "composer":
            rows += [
                BLANK,
                Row((("   tab", STRONG), ("  asks another agent", MUTED))),
                Row((("   ^t", STRONG), ("   sets it up", MUTED))),
            ]
        return rows
