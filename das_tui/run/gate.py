"""Whether anything may be read from the service, or sent to it, at the moment."""

from das_tui.run.errors import NotPossible, Offline, ReadOnly, StoreReadOnly
from das_tui.run.runner import House
from das_tui.store.store import Store


class Gate:
    """Gives the house to what may use it. Without a `house` nobody may; `closing` is set when the
    program ends, and nobody may from then on."""

    def __init__(self, store: Store, house: House | None) -> None:
        self._store = store
        self.house = house
        self.closing = False

    def reading(self) -> House:
        """For what changes nothing at the service. Raises NotPossible, Offline, StoreReadOnly."""
        if self.closing:
            raise NotPossible("The program is ending.")
        if self.house is None:
            raise Offline("There is no profile; nothing can be sent.", "Make or choose a profile.")
        if self._store.read_only:
            raise StoreReadOnly(self._store.hint or "The store is open for reading only.")
        return self.house

    def sending(self) -> House:
        """For what is paid or changes something. Raises ReadOnly, and as `reading`."""
        house = self.reading()
        if house.account.read_only:
            raise ReadOnly(
                f"The profile {house.account.profile or 'in use'} is read-only; nothing was sent.",
                "Use another profile, or set `read_only = false` in it.",
            )
        return house
