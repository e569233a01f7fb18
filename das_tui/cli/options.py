"""The command line: options, commands, and how each is dispatched.

A command's module is imported when the command runs, so `das-tui --help` and `das-tui decode`
load neither Textual nor an HTTP client.
"""

import gc
import importlib
import signal

import click

from das_tui import __version__
from das_tui.cli import exits
from das_tui.cli.context import Context

_COMMANDS = {
    "demo": "The app against a built-in service; no account, own data folder.",
    "serve": "The built-in service alone.",
    "ask": "Ask one question and print the answer.",
    "attach": "Follow a run of the DMS Data Agent that exists already.",
    "sessions": "List the stored sessions.",
    "show": "Print a stored session again.",
    "decode": "A recorded stream to JSON lines, offline.",
    "doctor": "Check settings, credentials, network, terminal and store.",
    "config": "The settings: where they lie, what counts, which profile.",
}

SERVICES = click.Choice(["das", "chat", "dms"])


class _Commands(click.Group):
    """A group that knows the names of its commands but imports only the one that runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command = importlib.import_module(f"das_tui.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--profile", metavar="P", help="Profile of the config file.")
@click.option("--level", metavar="N", type=int, help="Threshold at start; 0 shows all.")
@click.option("--ascii", "ascii_only", is_flag=True, help="Draw with ASCII characters only.")
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal.")
@click.option("--theme", metavar="T", default="", help="Theme, for example das-light.")
@click.option("--ask", "question", metavar="QUESTION", help="Ask at once.")
@click.option("--attach", "session", metavar="SESSION_ID", help="Attach at once.")
@click.option("--agent-id", metavar="ID", default="", help="Agent to ask or to attach to.")
@click.option("--service", type=SERVICES, default=None, help="Service to ask (das).")
@click.version_option(__version__, prog_name="das-tui", message="%(prog)s %(version)s")
@click.pass_context
def cli(
    ctx: click.Context,
    profile: str | None,
    level: int | None,
    ascii_only: bool,
    no_mouse: bool,
    theme: str,
    question: str | None,
    session: str | None,
    agent_id: str,
    service: str | None,
) -> int:
    """Full-screen terminal client for the database agents of Alibaba Cloud.

    Without a command the app starts. `das-tui demo` shows it without an account.
    """
    given = ctx.ensure_object(Context)
    given.profile = profile
    given.level = level
    given.ascii = ascii_only
    given.mouse = not no_mouse
    given.theme = theme
    if ctx.invoked_subcommand is not None:
        gc.enable()
        if question is not None or session is not None or agent_id or service is not None:
            raise click.UsageError(
                f"--ask, --attach, --agent-id and --service before {ctx.invoked_subcommand} "
                "mean the app; give them after the command."
            )
        return exits.FINISHED
    if question is not None and session is not None:
        raise click.UsageError("--ask and --attach exclude each other.")
    if session is not None and not agent_id:
        raise click.UsageError("--attach needs --agent-id.")
    if session is not None and service not in {None, "dms"}:
        raise click.UsageError("--attach is for dms sessions only.")
    if question is None and session is None and (agent_id or service is not None):
        raise click.UsageError("--agent-id and --service go with --ask or --attach.")
    from das_tui.cli import app

    return app.start(
        given,
        ask=None if question is None else (service or "das", question, agent_id),
        attach=None if session is None else (session, agent_id),
    )


def parse(arguments: list[str], context: Context) -> int:
    """Run what the arguments ask for; its exit code."""
    try:
        code = cli.main(arguments, prog_name="das-tui", standalone_mode=False, obj=context)
    except click.Abort:
        return exits.by_signal(signal.SIGINT)
    except click.ClickException as error:
        error.show()
        return exits.LOCAL
    return code if isinstance(code, int) else exits.FINISHED
