"""`das-tui doctor`: is everything there that the program needs, and if not, what to do."""

import asyncio
import json
import os
import textwrap
from collections.abc import Sequence

import click

from das_tui.cli import local_checks
from das_tui.cli.checks import Check, exit_code, warning
from das_tui.cli.context import Context
from das_tui.cli.output import Output
from das_tui.config.profiles import Profile
from das_tui.view.clean import one_line

_STORE_SECONDS = 5.0
_LONGEST = 2000
_NAME, _OUTCOME = 13, 7


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def command(given: Context, as_json: bool) -> int:
    """Check settings, credentials, network, terminal and store, in about ten seconds.

    Each line is ok, warning or failure, with the way out. Nothing is changed and nothing paid
    for is asked: one read with credentials goes to DMS, none to DAS. Ends with 0 without a
    failure, with 2 where something on this machine fails, with 1 where the service refused, else
    with 3 where it was not reached.
    """
    write = _Writer(given.out, as_json)
    found, chosen, remembered = local_checks.settings_checks(given)
    write(found)
    if chosen is None:
        write([warning("network", "not looked at: the settings come first")])
        write([local_checks.store_check(_STORE_SECONDS)])
    else:
        asyncio.run(_look(chosen[1], write))
    write(local_checks.terminal_checks(given, remembered))
    return exit_code(write.written)


async def _look(profile: Profile, write: "_Writer") -> None:
    """Network and store at the same time, since either may take seconds."""
    from das_tui.cli.network_checks import network_checks

    store = asyncio.create_task(asyncio.to_thread(local_checks.store_check, _STORE_SECONDS))
    write(await network_checks(profile))
    write([await store])


class _Writer:
    """Prints checks as they come, and keeps them."""

    def __init__(self, out: Output, as_json: bool) -> None:
        self._out = out
        self._as_json = as_json
        self.written: list[Check] = []

    def __call__(self, checks: Sequence[Check]) -> None:
        for check in checks:
            self.written.append(check)
            if self._as_json:
                self._out.line(json.dumps(_fields(check)))
                continue
            head = f"{check.outcome:<{_OUTCOME}}  {check.name:<{_NAME}}  "
            for text in filter(None, (check.text, check.way_out)):
                for row in self._rows(one_line(text, _LONGEST), len(head)):
                    self._out.line(head + row)
                    head = " " * len(head)
        self._out.flush()

    def _rows(self, text: str, indent: int) -> list[str]:
        """The text in rows of a terminal; whole where something else reads it."""
        if not os.isatty(1):
            return [text]
        return textwrap.wrap(text, max(20, self._out.width - indent - 1), break_on_hyphens=False)


def _fields(check: Check) -> dict[str, object]:
    return {
        "check": check.name,
        "outcome": check.outcome.value,
        "text": one_line(check.text, _LONGEST),
        "way_out": one_line(check.way_out, _LONGEST),
        "facts": dict(check.facts),
    }
