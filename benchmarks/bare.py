"""What a start of Textual costs by itself: one line of text that answers a key."""

from textual.app import App, ComposeResult
from textual.widgets import Static


class Bare(App[None]):
    """A minimal app."""

    def compose(self) -> ComposeResult:
        yield Static("bare and ready")

    def on_key(self) -> None:
        self.query_one(Static).update("bare and answered")


if __name__ == "__main__":
    Bare().run()
