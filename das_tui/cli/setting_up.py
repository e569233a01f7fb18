"""The options of `das-tui ask` that set up a new session, and files that go with a question."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Any

import click

from das_tui.cli import exits
from das_tui.cli.output import narrate
from das_tui.domain.record import Service
from das_tui.domain.setup import SKIPS, SessionSetup, SetupError, parse_param, parse_source
from das_tui.light import dataclass
from das_tui.view.ages import thousands
from das_tui.view.clean import one_line

PERSONAL = "personal"
"""What `--workspace` takes for the account's own workspace, which the service makes if need be."""

_OPTIONS = (
    click.option("--mode", metavar="M", default="", help="ASK_DATA, ANALYSIS, INSIGHT or another."),
    click.option("--language", metavar="L", default="", help="CHINESE or ENGLISH."),
    click.option("--search/--no-search", default=None, help="Let the agent search the web."),
    click.option(
        "--source",
        "sources",
        metavar="SPEC",
        multiple=True,
        help="Database to ask: its name, db=NAME,instance=ID,tables=a|b, or JSON.",
    ),
    click.option("--file", "files", metavar="PATH", multiple=True, help="Upload as data source."),
    click.option(
        "--custom-agent", metavar="ID", default="", help="Custom agent, its id begins with ca-."
    ),
    click.option("--workspace", metavar="ID", default="", help="Workspace, or `personal`."),
    click.option("--plan-mode", metavar="P", default="", help="enable, disable or force."),
    click.option("--skip", metavar="NAMES", default="", help="Stops: plan,sql,human,report."),
    click.option("--param", "params", metavar="NAME=VALUE", multiple=True, help="Any other."),
)


@dataclass(frozen=True, slots=True)
class Given:
    """What the options say: the setup, and files that are uploaded for it before it is used."""

    setup: SessionSetup
    files: tuple[Path, ...] = ()

    def check(self, service: str, *, new: bool) -> None:
        """Raise UsageError where these options mean nothing to the service or the session."""
        chat_only = all(place == "Chat" for place, _, _ in self.setup.params)
        rest = replace(self.setup, params=())
        if service == Service.DMS:
            if (self.setup or self.files) and not new:
                raise click.UsageError("A session is set up when it is new; leave out --session.")
            if self.setup.params and any(place == "Chat" for place, _, _ in self.setup.params):
                raise click.UsageError("Chat parameters go with --service chat.")
        elif rest or self.files or not chat_only:
            raise click.UsageError("These options set up a session of --service dms.")
        elif self.setup.params and service != Service.CHAT:
            raise click.UsageError("Chat parameters go with --service chat.")

    async def complete(self, supervisor: Any) -> SessionSetup | None:
        """The setup with its files uploaded and its workspace found; None for an empty one."""
        setup = self.setup
        for path in self.files:
            file_id = await supervisor.files.upload(path)
            size = thousands(path.expanduser().stat().st_size)
            narrate(f"uploaded {one_line(path.name)}   {size} bytes   file {one_line(file_id)}")
            source = {"DataSourceType": "remote_data_center", "FileId": file_id}
            setup = replace(setup, sources=(*setup.sources, source))
            if not any(param[:2] == ("Create", "File") for param in setup.params):
                setup = replace(setup, params=(*setup.params, ("Create", "File", file_id)))
        if setup.workspace == PERSONAL:
            own = await supervisor.remote.personal_workspace()
            if own is None:
                raise exits.Stop(exits.FAILED, "the service names no personal workspace")
            setup = replace(setup, workspace=own.workspace_id)
        return setup or None


def options(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options to a command, which gets them as one argument `begun_with`."""

    @wraps(command)
    def wrapped(*args: Any, **values: Any) -> int:
        own = {name: values.pop(name) for name in _NAMES}
        return command(*args, begun_with=_read(**own), **values)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


_NAMES = (
    "mode",
    "language",
    "search",
    "sources",
    "files",
    "custom_agent",
    "workspace",
    "plan_mode",
    "skip",
    "params",
)


def _read(
    mode: str,
    language: str,
    search: bool | None,
    sources: tuple[str, ...],
    files: tuple[str, ...],
    custom_agent: str,
    workspace: str,
    plan_mode: str,
    skip: str,
    params: tuple[str, ...],
) -> Given:
    skips = tuple(dict.fromkeys(name.strip() for name in skip.split(",") if name.strip()))
    unknown = [name for name in skips if name not in SKIPS]
    if unknown:
        raise click.UsageError(
            f"--skip {one_line(', '.join(unknown))}: there is {', '.join(SKIPS)}."
        )
    try:
        setup = SessionSetup(
            mode=mode,
            language=language,
            search=search,
            custom_agent=custom_agent,
            workspace=workspace,
            plan_mode=plan_mode,
            skip=skips,
            sources=tuple(parse_source(text) for text in sources),
            params=tuple(parse_param(text) for text in params),
        )
    except SetupError as error:
        raise click.UsageError(one_line(str(error))) from None
    return Given(setup, tuple(Path(name) for name in files))


def instance(instance_id: str, question: str) -> None:
    """The deprecated parameter InstanceId: never sent, since the question must name the instance.
    Ends the command where it does not."""
    wanted = instance_id.strip()
    if not wanted:
        return
    if wanted.lower() not in question.lower():
        raise exits.Stop(
            exits.LOCAL,
            f"--instance-id is deprecated at the service and is not sent. The question does not "
            f"name {one_line(wanted)}; name it there. Nothing was sent.",
        )
    narrate(
        "das-tui: --instance-id is deprecated at the service and is not sent; the question names "
        f"{one_line(wanted)}, which is enough"
    )
