"""A new profile: the second page, with everything proposed, so that enter is enough."""

from collections.abc import Collection, Sequence

from das_tui.config import writing
from das_tui.config.errors import ConfigError
from das_tui.tui.accounts import Accounts, Book
from das_tui.tui.futures import when_done
from das_tui.tui.screens.form import FormPage, Value
from das_tui.tui.theme import Palette
from das_tui.view import form as form_view
from das_tui.view.clean import clean, one_line
from das_tui.view.form import ActField, AnyField, ChoiceField, Option, SwitchField, TextField
from das_tui.view.glyphs import Glyphs
from das_tui.view.profiles import Source
from das_tui.view.rows import BLANK, FAIL, MUTED, TEXT, Ink, Row
from das_tui.view.wrap import fit, pad, wrap

REGIONS = (
    "cn-hangzhou",
    "cn-beijing",
    "cn-shanghai",
    "cn-shenzhen",
    "cn-hongkong",
    "ap-southeast-1",
    "us-west-1",
    "us-east-1",
)
"""Where the Data Agent is documented to be; any other can be written."""

_CODE = Ink("text", bg="code")


class NewProfileScreen(FormPage):
    """Name, region and a little more. The profile is appended to `config.toml`, and the app goes
    on with it at once."""

    def __init__(
        self,
        palette: Palette,
        glyphs: Glyphs,
        accounts: Accounts,
        book: Book,
        chosen: Source,
    ) -> None:
        super().__init__(palette, glyphs)
        self.accounts = accounts
        self.book = book
        self.chosen = chosen
        self.place = _region(chosen.region)
        self.name_given = proposed_name(chosen.spec, self.place, book.found.profiles)
        self.agent = ""
        self.read_only = False
        self.trouble = ""
        self.busy = False
        self.go("write")

    # --- the form ------------------------------------------------------------------------------

    def fields(self) -> Sequence[AnyField]:
        """What a profile needs to begin with; `config.toml` knows more."""
        api_key = self.chosen.spec == "api-key"
        return [
            TextField(
                name="name",
                group="Proposed",
                label="name",
                value=self.name_given,
                note="`--profile NAME` and the list of profiles use it",
                warning=self._default_warning(),
            ),
            ChoiceField(
                name="region",
                group="Proposed",
                label="region",
                value=self.place,
                options=tuple(Option(region) for region in REGIONS),
                free=True,
                note="of the Data Agent; the DAS agent has one host for all regions",
                warning="an API key opens the Data Agent only, not DAS" if api_key else "",
            ),
            TextField(
                name="agent",
                group="Proposed",
                label="DAS agent",
                value=self.agent,
                hint="the service's own",
                note="its id, from the console; most accounts need none",
            ),
            SwitchField(
                name="read_only",
                group="Proposed",
                label="read only",
                on=self.read_only,
                words=("no, questions are sent", "yes, nothing is asked, answered or stopped"),
            ),
            ActField(name="write", label="write it and go on with it"),
        ]

    def put(self, name: str, value: Value) -> None:
        """Take a value; ValueError where no profile can have it."""
        match name:
            case "name":
                self._check(str(value), self.place, self.agent)
                self.name_given = str(value)
            case "region":
                wanted = str(value) or REGIONS[0]
                self._check("x", wanted, self.agent)
                self.place = wanted
            case "agent":
                self._check("x", self.place, str(value))
                self.agent = str(value)
            case _:
                self.read_only = bool(value)

    def act(self, name: str) -> None:
        """Write it."""
        if self.busy:
            return
        try:
            self._check(self.name_given, self.place, self.agent)
        except ValueError as error:
            self.errors["name"] = str(error)
            self.go("name")
            return
        self.busy, self.trouble = True, ""
        future = self.accounts.make(self.name_given, self._keys())
        when_done(self.app, future, self._made, self._failed)

    def _keys(self) -> dict[str, object]:
        keys: dict[str, object] = {"region": self.place, "credentials": self.chosen.spec}
        if self.agent:
            keys["das_agent_id"] = self.agent
        if self.read_only:
            keys["read_only"] = True
        return keys

    def _check(self, name: str, region: str, agent: str) -> None:
        if name in self.book.found.profiles:
            raise ValueError(f"there is a profile {name} already")
        keys = {"region": region, "credentials": self.chosen.spec, "das_agent_id": agent}
        try:
            writing.profile_text(name, keys)
        except ConfigError as error:
            raise ValueError(str(error).removeprefix("name: ")) from error

    def _default_warning(self) -> str:
        """A profile of that name changes what commands without `--profile` use."""
        if self.name_given != "default" or not self.book.found.profiles:
            return ""
        return f"commands without --profile would use it, instead of {self.book.first}"

    def _made(self, book: Book) -> None:
        self.busy = False
        from das_tui.tui.switching import go_on_with

        why = go_on_with(self.app, book, self.name_given)
        if why:
            self.trouble = f"{self.name_given} was made. {why}"
            self.book = book
            self.repaint()

    def _failed(self, why: str) -> None:
        self.busy = False
        self.trouble = why
        self.repaint()

    # --- painting ------------------------------------------------------------------------------

    def head(self, width: int) -> list[Row]:
        """What is being made, and with which credentials."""
        about = "  ".join(filter(None, (f"with {self.chosen.label}", self.chosen.masked)))
        return [form_view.title("Make a profile", about, "2 of 2", width, self.glyphs), BLANK]

    def rows(self, width: int) -> list[Row]:
        """The form, and the text that enter would append."""
        rows = super().rows(width)
        if self.picker is not None:
            return rows
        room = max(8, width - 6)
        if self.trouble:
            rows += [BLANK] + [
                Row(((f"   {part}", FAIL),)) for part in wrap(clean(self.trouble), room)
            ]
        path = one_line(str(self.accounts.path))
        words = fit(f"appended to {path}", room, self.glyphs.ellipsis)
        rows += [BLANK, Row((("   ", TEXT), (words, MUTED)))]
        try:
            text = writing.profile_text(self.name_given, self._keys())
        except ConfigError:
            return rows
        lines = text.splitlines()
        wide = min(room, max(map(len, lines)) + 2)
        for line in lines:
            code = pad(fit(f" {line}", wide, self.glyphs.ellipsis), wide)
            rows.append(Row((("   ", TEXT), (code, _CODE))))
        return rows

    def done_keys(self) -> list[tuple[str, str]]:
        """The footer."""
        return [("esc", "back")]

    def keys(self) -> list[tuple[str, str]]:
        """The footer: enter writes where the cursor stands at first."""
        if self.line is None and self.picker is None and isinstance(self.here, ActField):
            return [("enter", "write it"), ("j k", "change"), *self.done_keys()]
        return super().keys()


def proposed_name(spec: str, region: str, taken: Collection[str]) -> str:
    """A name for a profile: that of the tool's own profile, else `default`; where others stand
    already, the region, so that a new one does not become what commands use."""
    kind, _, given = spec.partition(":")
    name = "".join(c if c in writing.PLAIN else "-" for c in given).strip("-")[:32]
    if kind != "profile" or not name or (name == "default" and taken):
        name = region if taken else "default"
    name = "".join(c if c in writing.PLAIN else "-" for c in name)
    found, number = name, 2
    while found in taken:
        found, number = f"{name}-{number}", number + 1
    return found


def _region(named: str) -> str:
    """The region of the tool's profile where it can be one, else the first."""
    try:
        writing.profile_text("x", {"region": named})
    except ConfigError:
        return REGIONS[0]
    return named or REGIONS[0]
