"""What a new session is begun with."""

from dataclasses import field, replace

from das_tui.domain.setup import SessionSetup
from das_tui.light import dataclass


@dataclass(frozen=True, slots=True)
class Beginning:
    """The agent that a new session goes to, and how the DMS Data Agent is to work in it.

    `agent_id` is that of a DAS agent, empty for the one of the profile. `names` are names of custom
    agents and workspaces by their ids, as the service gave them.
    """

    service: str = "das"
    agent_id: str = ""
    setup: SessionSetup = field(default_factory=SessionSetup)
    names: tuple[tuple[str, str], ...] = ()

    def sent(self) -> SessionSetup | None:
        """The part of the setup that the chosen service understands."""
        if self.service == "das":
            return None
        chat = self.service == "chat"
        params = tuple(p for p in self.setup.params if (p[0] == "Chat") is chat)
        return SessionSetup(params=params) if chat else replace(self.setup, params=params)
