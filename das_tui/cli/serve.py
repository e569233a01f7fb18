"""`das-tui serve`: the built-in service alone."""

import os
from pathlib import Path

import click

from das_tui.cli import exits
from das_tui.cli.context import Context

_PEM = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port; 0 takes a free one.")
@click.option("--scenario", metavar="NAME", help="Scenario for every question that it fits.")
@click.option("--speed", type=click.FloatRange(min=0), default=1.0, help="0 means no delay at all.")
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    metavar="EVENTS_PER_S",
    help="Answer with an endless stream of that many events a second.",
)
@click.option("--access-key-id", metavar="ID", help="AccessKey to accept (demo).")
@click.option("--access-key-secret", metavar="SECRET", help="Its secret (demo).")
@click.option("--api-key", metavar="KEY", help="API key to accept, at /apikey.")
@click.option("--tls-cert", type=_PEM, help="Certificate, to serve https.")
@click.option("--tls-key", type=_PEM, help="Its key.")
@click.option("--state", type=click.Path(dir_okay=False, path_type=Path), hidden=True)
@click.option("--request-log", type=click.Path(dir_okay=False, path_type=Path), hidden=True)
@click.option("--security-token", metavar="TOKEN", hidden=True)
@click.option("--token-seconds", type=click.FloatRange(min=0), default=0.0, hidden=True)
@click.option("--agent-start", type=click.FloatRange(min=0), default=0.0, hidden=True)
@click.option("--until-stdin-closes", is_flag=True, hidden=True)
@click.option("--inclusive", is_flag=True, hidden=True)
@click.option("--omit-event-line", is_flag=True, hidden=True)
@click.option("--omit-event-type", is_flag=True, hidden=True)
@click.option("--upper-case", is_flag=True, hidden=True)
@click.option("--leave-open", is_flag=True, hidden=True)
@click.pass_obj
def command(
    given: Context,
    host: str,
    port: int,
    scenario: str | None,
    speed: float,
    rate: float | None,
    access_key_id: str | None,
    access_key_secret: str | None,
    api_key: str | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    state: Path | None,
    request_log: Path | None,
    security_token: str | None,
    token_seconds: float,
    agent_start: float,
    until_stdin_closes: bool,
    inclusive: bool,
    omit_event_line: bool,
    omit_event_type: bool,
    upper_case: bool,
    leave_open: bool,
) -> int:
    """Run the built-in service alone, with scripted agents.

    The first line on stdout is `listening on URL`. It speaks the wire of the cloud services and
    checks signatures; without keys it accepts demo / demo. With --api-key it answers at /apikey
    too.
    """
    if (access_key_id is None) != (access_key_secret is None):
        raise click.UsageError("--access-key-id and --access-key-secret go together.")
    if (tls_cert is None) != (tls_key is None):
        raise click.UsageError("--tls-cert and --tls-key go together.")

    from das_tui.demo import serve
    from das_tui.demo.child import KEY_ID_VARIABLE, KEY_SECRET_VARIABLE
    from das_tui.demo.config import ServiceConfig

    def listening(url: str) -> None:
        given.out.line(f"listening on {url}")
        given.out.flush()

    try:
        config = ServiceConfig(
            access_key_id=access_key_id or os.environ.get(KEY_ID_VARIABLE, "demo"),
            access_key_secret=access_key_secret or os.environ.get(KEY_SECRET_VARIABLE, "demo"),
            api_key=api_key or "",
            security_token=security_token or "",
            token_seconds=token_seconds,
            agent_start=agent_start,
            host=host,
            port=port,
            speed=speed,
            rate=rate,
            inclusive=inclusive,
            event_line=not omit_event_line,
            json_event_type=not omit_event_type,
            upper_case=upper_case,
            end_stream=not leave_open,
            tls_cert=tls_cert,
            tls_key=tls_key,
            state_file=state,
            request_log=request_log,
            until_stdin_closes=until_stdin_closes,
        ).with_scenario(scenario or "")
        serve.run(config, listening)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        raise exits.Stop(exits.LOCAL, f"cannot listen on {host} port {port}: {error}") from error
    return exits.FINISHED
