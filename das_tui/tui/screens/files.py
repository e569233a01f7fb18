"""The files of a session: choosing some, and fetching them into a folder."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import App
from textual.events import Key, Paste
from textual.geometry import Offset

from das_tui.domain.session import Session
from das_tui.tui.actions import folded
from das_tui.tui.futures import on_this_thread, when_done
from das_tui.tui.screens.page import Page
from das_tui.tui.theme import Palette
from das_tui.view import files as files_view
from das_tui.view import form as form_view
from das_tui.view.clean import clean, one_line
from das_tui.view.files import FileLine, Stage
from das_tui.view.glyphs import Glyphs
from das_tui.view.line import Line
from das_tui.view.rows import ACCENT, BLANK, FAIL, FAINT, MUTED, TEXT, Row
from das_tui.view.wrap import fit, wrap

if TYPE_CHECKING:
    from das_tui.run.engine import Engine
    from das_tui.run.files import DownloadProgress, RemoteFile

FOLDER = "download folder"
"""Under this name the folder that was used last is kept."""

LOOK = 0.25
"""Seconds between two paints while a file arrives."""


class FilesPage(Page):
    """`F`. Leaving the page stops nothing: what is being fetched comes, and `say` tells of it."""

    def __init__(
        self,
        session: Session,
        engine: "Engine",
        app: App[str],
        say: Callable[[str], None],
        palette: Palette,
        glyphs: Glyphs,
    ) -> None:
        super().__init__(palette, glyphs)
        self.session = session
        self.cursor = 0
        self.line: Line | None = None
        self.message = ""
        self.trouble = ""
        self.lines: list[FileLine] | None = None
        self.files: tuple[RemoteFile, ...] = ()
        self._engine = engine
        self._say = say
        self._folder = ""
        self._fetching: Future[tuple[Path, ...]] | None = None
        self._told: list[DownloadProgress] = []
        self._looks = False
        self._shown_by = app

    def on_mount(self) -> None:
        """Ask for the list, and for the folder that was used last."""
        self._ask()
        when_done(self._shown_by, self._engine.draft(FOLDER), self._folder_known, lambda _: None)

    def _folder_known(self, text: str) -> None:
        self._folder = text

    def _ask(self) -> None:
        """Ask for the list again."""
        self.trouble = self.message = ""
        self.lines = None
        when_done(self._shown_by, self._engine.files(self.session.key), self._take, self._refuse)
        self.repaint()

    def _take(self, files: "tuple[RemoteFile, ...]") -> None:
        self.files = files
        self.lines = [
            FileLine(
                name=file.name,
                size=file.size,
                category=file.category,
                kind=file.kind,
                created_at=file.created_at,
            )
            for file in files
        ]
        self.repaint()

    def _refuse(self, text: str) -> None:
        self.trouble = text
        self.lines = self.lines or []
        self.repaint()

    # --- painting ------------------------------------------------------------------------------

    def head(self, width: int) -> list[Row]:
        """What this page is, and of which session."""
        session = self.session
        where = "   ".join(filter(None, (one_line(session.target), session.service)))
        row = form_view.title("Files", session.title, where, width, self.glyphs)
        return [row] if self.size.height < 20 else [row, BLANK]

    def rows(self, width: int) -> list[Row]:
        """The list, or why there is none."""
        rows: list[Row] = []
        if self.trouble:
            glyph = self.glyphs.failed
            parts = wrap(clean(self.trouble), max(8, width - 5))
            rows += [
                Row(((f" {glyph if not place else ' '} ", FAIL), (part, TEXT)), "fail-band")
                for place, part in enumerate(parts)
            ]
            rows.append(BLANK)
        if self.lines is None:
            return [*rows, Row((("   asking the service for its files", MUTED),))]
        if not self.lines:
            if self.trouble:
                return rows
            words = "No files yet. They may come some seconds after the end of a run; r asks again."
            parts = wrap(words, max(8, width - 5))
            return [*rows, *(Row(((f"   {part}", TEXT),)) for part in parts)]
        found, first, last = files_view.rows(
            self.lines, width, cursor=self.cursor, now=self._now(), glyphs=self.glyphs
        )
        first, last = first + len(rows), last + len(rows)
        self.scroll_row = max(self.scroll_row, last - self.body_rows + 1)
        self.scroll_row = min(self.scroll_row, 0 if self.cursor == 0 else first)
        return [*rows, *found]

    @staticmethod
    def _now() -> float:
        import time

        return time.time()

    def foot(self, width: int) -> list[Row]:
        """The folder that files go to, while it is asked for."""
        if self.line is None:
            return []
        lead = f" {self.glyphs.prompt} to "
        spans, column = self.line.spans(max(8, width - len(lead) - 2), glyphs=self.glyphs)
        self.app.cursor_position = Offset(len(lead) + column, self.size.height - 3)
        # Without tones a dim rule tells what is written from the list.
        rule = [Row(((self.glyphs.rule * width, FAINT),))] if self.palette.ansi else []
        return [*rule, Row(((lead, ACCENT), *spans), "raised")]

    def status(self, width: int) -> Row:
        """How much is chosen, and what came of the last key."""
        text = self.message or files_view.summary(self.lines or [])
        return Row((("   ", TEXT), (fit(clean(text), width - 5, self.glyphs.ellipsis), MUTED)))

    def keys(self) -> list[tuple[str, str]]:
        """The footer."""
        if self.line is not None:
            return [("enter", "fetch"), ("^u", "clear"), ("esc", "back")]
        keys = [("r", "ask again")]
        if self._fetching is not None:
            keys = [("^c", "stop fetching")]
        elif self.lines:
            keys = [("enter", "fetch"), ("space", "choose"), ("a", "all"), *keys]
        return [*keys, ("esc", "back"), ("j k", "move")]

    # --- keys ----------------------------------------------------------------------------------

    def handle(self, event: Key) -> bool:
        """Choose files, then a folder."""
        if self.line is not None:
            self._line_key(self.line, event)
        elif not self._list_key(event):
            return super().handle(event)
        self.repaint()
        return True

    def _list_key(self, event: Key) -> bool:
        key = (folded(event.character) if event.is_printable else None) or event.key
        count = len(self.lines or ())
        moves = {"j": 1, "down": 1, "k": -1, "up": -1, "tab": 1, "shift+tab": -1}
        page = max(1, self.body_rows - 2)
        moves |= {"pagedown": page, "ctrl+d": page // 2, "pageup": -page, "ctrl+u": -(page // 2)}
        moves |= {"g": -count, "home": -count, "G": count, "end": count}
        self.message = "" if key in moves else self.message
        if key in moves:
            self.cursor = max(0, min(count - 1, self.cursor + moves[key]))
        elif key == "ctrl+c" and self._fetching is not None:
            self._fetching.cancel()
            self._stopped("stopped; what had arrived whole is kept")
        elif key == "r" and self._fetching is None:
            self._ask()
        elif key in {" ", "space", "a", "enter", "ctrl+j"}:
            if self._fetching is not None:
                self.message = "files are being fetched"
            elif self.lines:
                self._choose(self.lines, key)
        else:
            return key in {"d", "b"}
        return True

    def _choose(self, lines: list[FileLine], key: str) -> None:
        if key in {" ", "space"}:
            file = lines[self.cursor]
            lines[self.cursor] = replace(file, chosen=not file.chosen)
            self.cursor = min(len(lines) - 1, self.cursor + 1)
        elif key == "a":
            every = all(file.chosen for file in lines)
            lines[:] = [replace(file, chosen=not every) for file in lines]
        else:
            self.line = Line.of(self._folder or str(_default_folder()))
        self.message = ""

    def _line_key(self, line: Line, event: Key) -> None:
        edited = line.key(event.key)
        if event.key in {"escape", "ctrl+c"}:
            self.line = None
        elif event.key == "enter":
            self._fetch(line.text.strip())
        elif edited is not None:
            self.line = edited
        elif event.character and event.character.isprintable():
            self.line = line.typed(event.character)

    def on_paste(self, event: Paste) -> None:
        """A pasted folder."""
        event.stop()
        if self.line is not None:
            self.line = self.line.typed(" ".join(event.text.split("\n")).strip())
            self.repaint()

    # --- fetching ------------------------------------------------------------------------------

    def _fetch(self, folder: str) -> None:
        """Fetch what is chosen, or the file under the cursor."""
        lines = self.lines
        if not lines:
            return
        if not folder:
            self.message = "write the folder that the files go to"
            return
        self.line, self._folder, self.message, self.trouble = None, folder, "", ""
        wanted = [n for n, file in enumerate(lines) if file.chosen] or [self.cursor]
        for number in wanted:
            lines[number] = replace(
                lines[number], stage=Stage.WAITING, chosen=False, received=0, path=""
            )
        when_done(
            self._shown_by, self._engine.set_draft(FOLDER, folder), lambda _: None, lambda _: None
        )
        self._fetching = self._engine.download(
            self.session.key,
            [self.files[number].file_id for number in wanted],
            Path(folder),
            self._progress,
        )
        when_done(self._shown_by, self._fetching, self._fetched, self._failed)

    def _progress(self, told: "DownloadProgress") -> None:
        """Called by the engine's thread, as often as bytes come."""
        self._told.append(told)
        if not self._looks:
            self._looks = True
            on_this_thread(self._shown_by, self._look)

    def _look(self) -> None:
        """Show how far the files are, and look again soon while they come."""
        told, self._told = self._told, []
        for step in told:
            self._step(step)
        self._looks = bool(told) and self.is_mounted
        if self._looks:
            self.repaint()
            self.set_timer(LOOK, self._look)

    def _step(self, step: "DownloadProgress") -> None:
        for number, file in enumerate(self.files):
            if file.file_id == step.file_id and self.lines is not None:
                self.lines[number] = replace(
                    self.lines[number],
                    stage=Stage.SAVED if step.path else Stage.ARRIVING,
                    received=step.received,
                    size=step.size,
                    path=str(step.path or ""),
                )

    def _fetched(self, paths: tuple[Path, ...]) -> None:
        self._look()
        self._fetching = None
        folder = paths[0].parent if paths else ""
        what = str(paths[0]) if len(paths) == 1 else f"{len(paths)} files in {folder}"
        self.message = f"saved {what}"
        if self.is_mounted:
            self.repaint()
        else:
            self._say(self.message)

    def _failed(self, text: str) -> None:
        self._look()
        self.trouble = text
        self._stopped("")
        if not self.is_mounted:
            self._say(text)

    def _stopped(self, message: str) -> None:
        """Nothing arrives any more: files that did not come are at the service as before."""
        self._fetching, self.message = None, message
        ended = {Stage.ARRIVING: Stage.FAILED, Stage.WAITING: Stage.THERE}
        self.lines = [
            replace(file, stage=ended.get(file.stage, file.stage)) for file in self.lines or ()
        ]
        if self.is_mounted:
            self.repaint()


def _default_folder() -> Path:
    """The folder for downloads, if there is one, else the home folder."""
    home = Path.home()
    downloads = home / "Downloads"
    return downloads if downloads.is_dir() else home
