"""What a session room refuses before anything is sent."""

from das_tui.domain.usage import Forecast


class RunError(Exception):
    """A command that this program does not carry out; nothing was sent.

    `title` is a few words, `text` one sentence, `way_out` what the operator can do.
    """

    title = "Not done"

    def __init__(self, text: str, way_out: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.way_out = way_out


class ReadOnly(RunError):
    """The profile is read-only: nothing is asked, answered or stopped with it."""

    title = "Read-only profile"


class Offline(RunError):
    """There is no account: what is stored can be read, nothing can be sent."""

    title = "No profile"


class StoreReadOnly(RunError):
    """The store cannot be written by this version, so no run is started on it."""

    title = "Read-only store"


class Busy(RunError):
    """A run of this session is under way, here or in another instance of the program."""

    title = "A run is under way"


class OtherProfile(RunError):
    """The session belongs to another profile, whose account alone may go on in it."""

    title = "Another profile's session"


class NotSaved(RunError):
    """Files could not be written here, or not all of them; `text` says what is saved."""

    title = "Not saved"


class OverBudget(RunError):
    """The month would come to more than the profile's budget; `forecast` has the numbers. Asking
    with `over_budget` sends the question all the same."""

    title = "Over budget"

    def __init__(self, forecast: Forecast) -> None:
        month = f"{forecast.spent:,.2f} USD of {forecast.budget:,.2f} USD are spent this month"
        pending = f", {forecast.pending:,.2f} USD may be under way" if forecast.pending else ""
        super().__init__(
            f"{month}{pending}; an answer of about {forecast.usual:,} characters would cost "
            f"{forecast.expected:,.2f} USD more. Nothing was sent.",
            "Raise `budget` of the profile, or ask in the app and confirm it there.",
        )
        self.forecast = forecast


class NothingToAnswer(RunError):
    """The session does not wait for an answer."""

    title = "Nothing waits here"


class NotPossible(RunError):
    """The service has no such action (a DAS answer cannot be followed, answered or resumed)."""

    title = "Not possible"
