"""The composer: a text field over the transcript, drafts kept by session."""

import time
from typing import TYPE_CHECKING

from textual.events import Key

from das_tui.tui.screens.following import FollowingScreen

if TYPE_CHECKING:
    from textual.timer import Timer

WORDS = {
    "issue": "what is wrong with this answer; the service's people read it",
    "report": "what the web report is to be about; enter alone leaves it to the agent",
}
"""What stands in the empty text field, by the choice of the draft."""

NEW = "new question"
"""The name under which the store keeps what was written for a new session."""


DRAFT_SECONDS = 1.0
"""Seconds without a key after which what is written is stored, so that no crash takes it."""


class ComposingScreen(FollowingScreen):
    """Opening, growing and leaving the text field; nothing is sent here."""

    _draft_timer: "Timer | None" = None
    _typed_at = 0.0

    def _open_editor(self, text: str) -> None:
        if self.dock is not None:
            # It stands where one writes; an ask comes back when that is over.
            self.close_dock()
        editor = self.editor
        if editor is None:
            from das_tui.tui.widgets.editor import Editor

            editor = self.editor = Editor()
            self.mount(editor)
        self.pane = "composer"
        editor.placeholder = WORDS.get(self.draft.choice, "")
        editor.load_text(text)
        editor.move_cursor(editor.document.end)
        self.call_after_refresh(self._focus_editor)
        self.repaint()

    def _focus_editor(self) -> None:
        editor = self.editor
        if editor is not None and self.pane == "composer":
            self.repaint()
            editor.focus()

    def on_text_area_changed(self) -> None:
        """The composer grows with its text."""
        rect = self._layout.rects.get("composer")
        if self.pane == "composer" and rect is not None and rect.height != self._editor_rows():
            self.repaint()
        self._typed_at = time.monotonic()
        if self.pane == "composer" and self._draft_timer is None:
            self._draft_timer = self.set_timer(DRAFT_SECONDS, self._store_draft)

    def _store_draft(self) -> None:
        """Store the draft if nobody has written for a moment, else look again after that."""
        self._draft_timer = None
        left = self._typed_at + DRAFT_SECONDS - time.monotonic()
        if self.pane != "composer":
            return
        if left > 0:
            self._draft_timer = self.set_timer(left, self._store_draft)
        elif self.drafts.get(self.draft_key, "") != self._unsent():
            self._keep_draft()

    def act_new_line(self) -> None:
        """`^j`."""
        if self.editor is not None:
            self.editor.insert_line()

    def _may_recall(self) -> bool:
        editor = self.editor
        return editor is not None and editor.on_first_line

    def act_history(self) -> None:
        """Up on the first line: the question before."""
        reader, editor = self.reader, self.editor
        if reader is None or editor is None:
            return
        asked = list(dict.fromkeys(reader.transcript.questions()))
        if not asked:
            return
        place = asked.index(editor.text) if editor.text in asked else len(asked)
        editor.load_text(asked[max(0, place - 1)])

    @property
    def draft_key(self) -> str:
        """Where unsent text is kept: by session, and apart for a statement or plan being edited
        and for what is no answer or question: an issue, the wish for a report."""
        apart = self.draft.choice in {"edit", "issue", "report"}
        return f"{self.open_key} {self.draft.choice}" if apart else self.open_key

    def _keep_draft(self) -> None:
        """Keep what is written and not sent, also over a restart."""
        if self.pane == "composer" and self.editor is not None:
            self._put_draft(self.draft_key, self._unsent())

    def _unsent(self) -> str:
        """What is written and was not given; empty for nothing but blanks."""
        text = self.editor.text if self.editor is not None else ""
        return text if text.strip() and text != self.draft.given else ""

    def _put_draft(self, key: str, text: str) -> None:
        if text.strip():
            self.drafts[key] = text
        elif self.drafts.pop(key, None) is None:
            return
        if self.engine is not None:
            kept = text if text.strip() else ""
            self._await(self.engine.set_draft(key or NEW, kept), lambda _: None)

    def _recall_draft(self, key: str) -> None:
        """Fetch what was written in an earlier life of the program."""
        if self.engine is None or key in self.drafts:
            return

        def found(text: str) -> None:
            if text and key not in self.drafts:
                self.drafts[key] = text
                self.paint_composer()

        self._await(self.engine.draft(key or NEW), found)

    def recall_new(self) -> None:
        """Fetch what was written for a new session and not sent."""
        self._recall_draft("")

    def _close_editor(self) -> None:
        self.pane = "transcript"
        self.set_focus(None)

    def _write_key(self, event: Key) -> bool:
        """Letters and editing keys reach the text field at once, also before it has the focus: in
        its queue they would be overtaken by keys that act, and a question would leave without its
        end."""
        editor = self.editor
        if editor is None:
            return False
        if event.is_printable and event.character:
            editor.type(event.character)
            return True
        return editor.press(event.key)

    def paste(self, text: str) -> bool:
        """A paste goes the same way; False outside the composer."""
        editor = self.editor
        if editor is None or self.pane != "composer":
            return False
        editor.type(text)
        return True
