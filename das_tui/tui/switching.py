"""Going on with another profile while the app runs."""

from typing import TYPE_CHECKING, Any, cast

from textual.app import App

from das_tui.tui.accounts import Book
from das_tui.tui.futures import sentence, when_done
from das_tui.view.clean import one_line

if TYPE_CHECKING:
    from das_tui.run.account import Account
    from das_tui.run.credentials_found import Standing
    from das_tui.tui.app import DasApp

_PAID = "A paid answer is arriving; switch when it has come, it would be lost."


def go_on_with(app: App[Any], book: Book, name: str) -> str:
    """Close the runs of the account in use and go on with the profile `name` of `book`, on the
    main screen; empty, or a sentence that says why not.

    Runs of the Data Agent go on at the service and are picked up when their profile is in use
    again. Credentials are looked for at once, aside, so that missing ones are told now and not
    with the first question.
    """
    das = cast("DasApp", app)
    if das.engine is not None and das.engine.paid:
        return _PAID
    try:
        profile = book.profile(name)
        account = das.accounts.open(name, profile)
    except Exception as error:
        return sentence(error)
    das.switch(account, profile.level)
    _find_credentials(das, account)
    return ""


def _find_credentials(das: "DasApp", account: "Account") -> None:
    from das_tui.run import credentials_found

    name = one_line(account.profile)

    def found(standing: "Standing") -> None:
        if das.options.account is account:
            das.main.say(f"{name} is in use, {standing.kind} {standing.masked}".rstrip())

    def missing(_: str) -> None:
        if das.options.account is account:
            das.main.say(f"{name} is in use, without credentials: profile tells what was tried")

    when_done(das, credentials_found.check(account), found, missing)
