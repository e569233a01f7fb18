"""What a session room refuses before anything is sent."""


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


class NothingToAnswer(RunError):
    """The session does not wait for an answer."""

    title = "Nothing waits here"


class NotPossible(RunError):
    """The service has no such action (a DAS answer cannot be followed, answered or resumed)."""

    title = "Not possible"
