"""The dialog for a new session: which agent, and how the DMS Data Agent is to work."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from das_tui.domain.setup import (
    LANGUAGES,
    MODES,
    PLAN_MODES,
    SKIPS,
    SessionSetup,
    parse_param,
    parse_source,
    source_text,
)
from das_tui.run.account import Account
from das_tui.tui.beginning import Beginning
from das_tui.tui.futures import when_done
from das_tui.tui.screens.form import FormPage, Value
from das_tui.tui.screens.picker import Picker
from das_tui.tui.theme import Palette
from das_tui.view import form as form_view
from das_tui.view import setup as setup_view
from das_tui.view.form import (
    ActField,
    AnyField,
    ChoiceField,
    ListField,
    Option,
    SwitchField,
    TextField,
)
from das_tui.view.glyphs import Glyphs
from das_tui.view.rows import BLANK, Row

if TYPE_CHECKING:
    from concurrent.futures import Future

    from das_tui.run.engine import Engine
    from das_tui.run.remote import CustomAgent, Workspace

T = TypeVar("T")

_SERVICES = (
    Option("das", "DAS"),
    Option("chat", "DAS by Chat"),
    Option("dms", "DMS Data Agent"),
)
_SEARCH = {None: "", True: "on", False: "off"}
_DEFAULT = Option("", "default")
_SKIPPED = {
    "plan": ("plan", "The plan is carried out without being shown to you first."),
    "sql": ("statements", "Statements run without being shown to you first."),
    "human": ("questions", "The agent decides by itself where it would ask you."),
    "report": ("report", "A report page is made without asking whether you want one."),
}
_SOURCE_NOTE = "rides, or db=rides,instance=ID,tables=a|b, or file=ID, or JSON; one in a row"
_PARAM_NOTE = "NAME=VALUE, as KbUuidList=ID,ID or EncryptKey=env:NAME; one in a row"


class NewSessionPage(FormPage):
    """Changes nothing until its last row, or `i`, gives the values to `done`."""

    def __init__(
        self,
        beginning: Beginning,
        account: Account,
        engine: "Engine",
        done: Callable[[Beginning], None],
        palette: Palette,
        glyphs: Glyphs,
    ) -> None:
        super().__init__(palette, glyphs)
        self.beginning = beginning
        self._account = account
        self._engine = engine
        self._done = done
        self._names = dict(beginning.names)
        self._agents: dict[str, CustomAgent] = {}

    # --- fields --------------------------------------------------------------------------------

    def head(self, width: int) -> list[Row]:
        """The title; what it chooses from has its own name."""
        account = self._account
        name = self.picker.title if self.picker is not None else "New session"
        row = form_view.title(name, account.profile or "default", account.region, width)
        return [row] if self.size.height < 20 else [row, BLANK]

    def fields(self) -> list[AnyField]:
        """What the chosen agent takes."""
        service = self.beginning.service
        found: list[AnyField] = [
            ChoiceField(
                name="service",
                label="agent",
                value=service,
                options=_SERVICES,
                note="DAS diagnoses instances and is paid by the character; DMS analyses data",
            )
        ]
        if service == "dms":
            found += self._task_fields() + self._stop_fields()
        else:
            found.append(
                TextField(
                    name="agent_id",
                    label="agent id",
                    value=self.beginning.agent_id,
                    hint=self._account.das_agent_id or "default",
                    note="the id of an agent made in the DAS console; empty takes the profile's",
                )
            )
        if service != "das":
            found.append(self._param_field())
        found.append(ActField(name="write", label="Write the question"))
        return found

    def _task_fields(self) -> list[AnyField]:
        setup = self.beginning.setup
        agent = self._agents.get(setup.custom_agent)
        skips = (
            ", ".join(_SKIPPED[name][0] for name in agent.skips if name in SKIPS) if agent else ""
        )
        return [
            ChoiceField(
                name="mode",
                label="mode",
                group="Task",
                value=setup.mode,
                options=_options(MODES),
                free=True,
                note="how deep the agent goes; enter writes any other mode, sent as it is",
            ),
            ListField(
                name="sources",
                label="data sources",
                group="Task",
                values=tuple(source_text(source) for source in setup.sources),
                hint="none",
                note=_SOURCE_NOTE,
                example="the name of a database",
            ),
            TextField(
                name="custom_agent",
                label="custom agent",
                group="Task",
                value=setup.custom_agent,
                words=self._named(setup.custom_agent),
                hint="none",
                picks=True,
                note="an agent that was made for your data, with its own knowledge and rules",
                warning=f"This agent goes on by itself at: {skips}." if skips else "",
            ),
            TextField(
                name="workspace",
                label="workspace",
                group="Task",
                value=setup.workspace,
                words=self._named(setup.workspace),
                hint=self._account.workspace_id or "none",
                picks=True,
                note="where the session lives; empty takes the profile's",
            ),
            ChoiceField(
                name="language",
                label="language",
                group="Task",
                value=setup.language,
                options=_options(LANGUAGES),
                free=True,
                note="the language of plans, answers and reports",
            ),
            ChoiceField(
                name="search",
                label="web search",
                group="Task",
                value=_SEARCH[setup.search],
                options=_options(("on", "off")),
                note="whether the agent may look things up on the web",
            ),
        ]

    def _stop_fields(self) -> list[AnyField]:
        setup = self.beginning.setup
        found: list[AnyField] = [
            ChoiceField(
                name="plan_mode",
                label="plan mode",
                group="Stops",
                value=setup.plan_mode,
                options=_options(PLAN_MODES),
                free=True,
                note="force makes a plan for every question, disable never makes one",
            )
        ]
        for name, (label, note) in _SKIPPED.items():
            on = name in setup.skip
            risky = on and name == "sql" and self._account.production
            found.append(
                SwitchField(
                    name=f"skip {name}",
                    label=label,
                    group="Stops",
                    on=on,
                    words=("asks you", "goes on by itself"),
                    note=note,
                    warning=(
                        "This profile is production: its statements, writes too, run unasked."
                        if risky
                        else ""
                    ),
                )
            )
        return found

    def _param_field(self) -> ListField:
        chat = self.beginning.service == "chat"
        params = [p for p in self.beginning.setup.params if (p[0] == "Chat") is chat]
        return ListField(
            name="params",
            label="parameters",
            group="More",
            values=tuple(setup_view.param_text(*param) for param in params),
            hint="none",
            example="NAME=VALUE",
            note="NAME=VALUE, as Chat.ForwardedProps={}; one in a row" if chat else _PARAM_NOTE,
        )

    def _named(self, value: str) -> str:
        name = self._names.get(value, "")
        return f"{name}   {value}" if name and name != value else value

    # --- values --------------------------------------------------------------------------------

    def put(self, name: str, value: Value) -> None:
        """Take a value; SetupError where it cannot be read."""
        if name == "service":
            self.beginning = replace(self.beginning, service=str(value) or "das")
        elif name == "agent_id":
            self.beginning = replace(self.beginning, agent_id=str(value))
        else:
            self.beginning = replace(self.beginning, setup=self._changed(name, value))

    def _changed(self, name: str, value: Value) -> SessionSetup:
        setup = self.beginning.setup
        if name.startswith("skip "):
            skip = name.removeprefix("skip ")
            names = [n for n in SKIPS if n in setup.skip and n != skip]
            return replace(setup, skip=(*names, skip) if value else tuple(names))
        if isinstance(value, tuple):
            if name == "sources":
                return replace(setup, sources=tuple(parse_source(text) for text in value))
            chat = self.beginning.service == "chat"
            others = tuple(p for p in setup.params if (p[0] == "Chat") is not chat)
            params = tuple(_param(text, chat) for text in value)
            return replace(setup, params=(*others, *params))
        if name == "search":
            found = {words: flag for flag, words in _SEARCH.items()}
            return replace(setup, search=found.get(str(value)))
        changes: dict[str, Any] = {name: str(value)}
        return replace(setup, **changes)

    # --- lists to choose from ------------------------------------------------------------------

    def pick(self, name: str) -> None:
        """Custom agents and workspaces, as the service lists them."""
        if name == "custom_agent":
            picker = self.picker = Picker(name, "Custom agents")
            self._fetch(picker, self._engine.custom_agents(), self._agent_options)
        else:
            picker = self.picker = Picker(name, "Workspaces")
            self._fetch(picker, self._engine.workspaces(), self._workspace_options)

    def _fetch(
        self,
        picker: Picker,
        future: "Future[T]",
        options: Callable[[T], tuple[Option, ...]],
    ) -> None:
        def done(found: T) -> None:
            picker.options = (Option("", "none"), *options(found))
            self.repaint()

        def failed(text: str) -> None:
            picker.options, picker.trouble = (), text
            self.repaint()

        when_done(self.app, future, done, failed)

    def _agent_options(self, agents: "tuple[CustomAgent, ...]") -> tuple[Option, ...]:
        self._agents = {agent.agent_id: agent for agent in agents}
        self._names |= {agent.agent_id: agent.name for agent in agents if agent.name}
        return tuple(
            Option(
                agent.agent_id,
                agent.name,
                "   ".join(filter(None, (agent.agent_id, agent.description))),
            )
            for agent in agents
        )

    def _workspace_options(self, places: "tuple[Workspace, ...]") -> tuple[Option, ...]:
        self._names |= {place.workspace_id: place.name for place in places if place.name}
        return tuple(Option(place.workspace_id, place.name, place.workspace_id) for place in places)

    # --- the end -------------------------------------------------------------------------------

    def act(self, name: str) -> None:
        """Give the values over and go on to the composer."""
        self.dismiss()
        self._done(replace(self.beginning, names=tuple(self._names.items())))

    def other_key(self, key: str) -> None:
        """`i` writes the question from any field."""
        if key == "i":
            self.act("write")

    def done_keys(self) -> list[tuple[str, str]]:
        """The footer of the whole form."""
        return [("i", "write the question"), ("esc", "back, nothing changed")]


def _options(values: tuple[str, ...]) -> tuple[Option, ...]:
    return (_DEFAULT, *(Option(value) for value in values))


def _param(text: str, chat: bool) -> tuple[str, str, Any]:
    found = parse_param(text)
    if (found[0] == "Chat") is not chat:
        mine = "Chat" if chat else "DMS"
        raise ValueError(f"{text.partition('=')[0]}: this is no parameter of {mine}")
    return found
