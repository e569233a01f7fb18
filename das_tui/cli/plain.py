"""Blocks as plain lines: what `ask`, `attach` and `show` print without `--json`."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from das_tui.cli.output import Output
from das_tui.domain.blocks import Answer, Ask, Block, Failure, Notice, Question, StepRule
from das_tui.domain.record import Service
from das_tui.domain.session import Session
from das_tui.view import block as blocks
from das_tui.view import shape
from das_tui.view.glyphs import ASCII, UTF8
from das_tui.view.spec import ViewSpec

_FENCES = ("```", "~~~")
_ITEMS = frozenset("-*+0123456789")
"""Characters with which an item of a list may begin."""


class Printer:
    """Prints blocks in order, each once it is finished; an answer paragraph by paragraph.

    `line` takes the lines. Blocks with a level below `level` are left out. With `narrated`,
    notices and failures go there instead; with `echo` False questions are left out.
    """

    def __init__(
        self,
        line: Callable[[str], None],
        spec: ViewSpec,
        level: int | None,
        *,
        narrated: Callable[[str], None] | None = None,
        echo: bool = True,
    ) -> None:
        self._line = line
        self._spec = spec
        self._level = level
        self._narrated = narrated
        self._echo = echo
        self._waiting: dict[int, Block] = {}
        self._next = 0
        self._begun = ""
        self._printed = 0
        self._loose = False
        self._empty = True

    def skip(self, count: int) -> None:
        """Leave out the first `count` blocks: they were printed by an earlier command."""
        self._next = max(self._next, count)

    def take(self, changed: Mapping[int, Block]) -> None:
        """New and changed blocks; whatever is now finished is printed."""
        self._waiting.update((i, block) for i, block in changed.items() if i >= self._next)
        while (block := self._waiting.get(self._next)) is not None:
            if block.live:
                if isinstance(block.body, Answer):
                    self._stream(block, block.body)
                return
            self._finish(block)

    def close(self) -> None:
        """Print what is left, as it stands."""
        while (block := self._waiting.get(self._next)) is not None:
            self._finish(block)

    def _finish(self, block: Block) -> None:
        del self._waiting[self._next]
        self._next += 1
        begun, self._begun = self._begun, ""
        printed, self._printed = self._printed, 0
        if not self._wanted(block):
            return
        text = block.body.text if isinstance(block.body, Answer) else ""
        if not begun or not text.startswith(begun):
            self._open(block)
            printed = 0
        self._rows(block, printed)
        self._loose = shape.loose(block)
        self._empty = False

    def _stream(self, block: Block, body: Answer) -> None:
        """Print the rows of a growing answer whose paragraphs are complete."""
        end = _complete(body.text)
        new = end - len(self._begun)
        if new <= 0 or new < end // 10 or not body.text.startswith(self._begun):
            return
        if not self._wanted(block):
            return
        if not self._begun:
            self._open(block)
        whole = replace(block, body=replace(body, text=body.text[:end]), live=False)
        self._printed = self._rows(whole, self._printed)
        self._begun = body.text[:end]

    def _wanted(self, block: Block) -> bool:
        if self._level is not None and block.level is not None and block.level < self._level:
            return False
        return self._echo or not isinstance(block.body, Question)

    def _open(self, block: Block) -> None:
        """The blank row between a block that stands alone and its neighbours."""
        apart = shape.loose(block) or isinstance(block.body, StepRule)
        if (apart or self._loose) and not self._empty and not self._told(block):
            self._line("")

    def _told(self, block: Block) -> bool:
        return isinstance(block.body, Notice | Failure) and self._narrated is not None

    def _rows(self, block: Block, printed: int) -> int:
        """Print the rows of a block after the first `printed`; how many it has."""
        line = self._narrated if self._told(block) and self._narrated else self._line
        opened = isinstance(block.body, Ask) or not shape.foldable(block)
        rows = blocks.render(block, self._spec, opened)
        for row in rows[printed:]:
            line(row.text[1:].rstrip())
        return max(printed, len(rows))


def spec_for(out: Output, session: Session, *, ascii_only: bool = False) -> ViewSpec:
    """How blocks of `session` are drawn on stdout."""
    return ViewSpec(
        width=out.width,
        threshold=0,
        glyphs=UTF8 if out.unicode and not ascii_only else ASCII,
        target=session.target,
        inline_code_marks=True,
        wrap_code=True,
        name_width=13 if session.service == Service.DMS else 16,
        calls=True,
        uncut=not out.terminal,
    )


def _complete(text: str) -> int:
    """Up to where `text` consists of blocks that nothing can change any more.

    A block is over at a blank line outside of a fence when what follows begins at the margin; a
    list only when what follows cannot be a further item.
    """
    end = 0
    place = 0
    fence = ""
    in_list = False
    after_blank = True
    for line in text.split("\n"):
        bare = line.strip()
        if fence:
            fence = "" if bare.startswith(fence) else fence
        else:
            if bare and after_blank and not line[0].isspace():
                item = line[0] in _ITEMS
                if not (in_list and item):
                    end = place
                in_list = item
            fence = bare[:3] if bare.startswith(_FENCES) else ""
        after_blank = not bare
        place += len(line) + 1
    return end
