"""What the store refuses or cannot do."""

from collections.abc import Sequence

from das_tui.domain.session import Session


class StoreError(Exception):
    """Something is wrong with the store; the text is one plain sentence."""


class UnsafePlace(StoreError):
    """The data folder or file could be changed by somebody else, so it is not used."""


class DamagedStore(StoreError):
    """The file is no store, or parts of it cannot be read; it is left as it is."""


class NotStored(StoreError):
    """A write did not reach the disk (full, read-only, gone); nothing of it was kept."""


class Conflict(NotStored):
    """Records of these positions exist already: another instance wrote to the session."""


class ReadOnlyStore(NotStored):
    """This store was opened for reading, or is of a newer version of the program."""


class UnknownSession(StoreError):
    """No session has this key, service id or prefix."""

    def __init__(self, text: str) -> None:
        super().__init__(f"no session {text!r}")
        self.text = text


class AmbiguousSession(StoreError):
    """Several sessions begin so; `candidates` are they, newest first."""

    def __init__(self, text: str, candidates: Sequence[Session]) -> None:
        super().__init__(f"{len(candidates)} sessions begin with {text!r}")
        self.text = text
        self.candidates = tuple(candidates)
