"""What the operator says about the line to the terminal."""

from das_tui.config.settings import LinkMode
from das_tui.tui.screens.following import FollowingScreen

_WISHES: dict[str, LinkMode] = {"on": "slow", "off": "fast", "auto": "auto"}


class PacingScreen(FollowingScreen):
    """`:slow`, for what cannot be measured, or where the measure is wrong."""

    def act_slow(self, wish: str) -> None:
        """`:slow on`, `off`, or `auto`: by what is measured."""
        mode = _WISHES.get(wish.strip().lower())
        if mode is None:
            self.say("on, off, or auto")
            return
        self.link.mode = mode
        self.say(f"taken for a {'slow' if self.link.slow else 'fast'} line{self._known(mode)}")
        self.repaint()

    def _known(self, mode: LinkMode) -> str:
        if mode != "auto":
            return " from here on"
        trip = self.link.trip
        if trip is None:
            return ", the terminal has not answered yet"
        return f", the terminal answers in {max(1, round(trip * 1000))} ms"
