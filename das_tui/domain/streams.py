"""Texts and contents that arrive in pieces or whole, and what a complete content becomes.

A text has a lane and a voice (DAS, AG-UI). A content has a category (DMS); its pieces are joined
before anything is parsed. Pieces are joined only when somebody looks or the content ends.
"""

from collections.abc import Callable
from dataclasses import field
from functools import partial
from itertools import islice
from typing import Any, TypeAlias

from das_tui.domain import content
from das_tui.domain.blocks import (
    Answer,
    Body,
    FileNote,
    Note,
    Raw,
    Suggestions,
    Text,
    Thought,
    Tool,
    ToolStatus,
)
from das_tui.domain.canvas import Canvas
from das_tui.domain.content import Content
from das_tui.domain.events import (
    ContentAppended,
    ContentArrived,
    ContentFinished,
    ContentStarted,
    TextAppended,
    Voice,
)
from das_tui.domain.gathered import LARGE, MANY, Gathered
from das_tui.domain.loose import load
from das_tui.domain.planning import Planning, ask_kind
from das_tui.domain.toolbox import CUT_OFF, Toolbox, named
from das_tui.light import dataclass

_CONCLUSION = "output_conclusion"
_RESPONSE = "tool_call_response"

_SAID = 1_000
"""So many answers, at least, are remembered by their words; a conclusion may repeat one of them. A
question may bring millions."""

_LONG = 256

_Words: TypeAlias = str | tuple[int, str]


def _words(text: str) -> _Words:
    """What tells the words of a text from others: themselves, or for a long one, which nothing
    else would keep, their number and hash."""
    words = text.strip()
    if len(words) <= _LONG:
        return words
    from hashlib import blake2b

    found = blake2b(words.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return len(words), found


@dataclass(slots=True)
class _Open:
    """A block that is still being received; the operator's own words have none yet (index -1).

    `shape` makes its body from the text so far; a `tool` does not show its text before the end.
    `implicit` contents came without a start, so no finish can be expected.
    """

    index: int
    shape: Callable[[str], Body]
    tool: bool = False
    content_type: str = "str"
    implicit: bool = False
    voice: Voice = Voice.ANSWER
    gathered: Gathered = field(default_factory=Gathered)

    def text(self) -> str:
        return self.gathered.text()

    def body(self) -> Body:
        return self.shape(self.text())

    def mark(self, name: str) -> list[Any]:
        """What it goes on from later; `name` is its lane or category."""
        kind = [self.tool, self.content_type, self.implicit, self.voice.value]
        return [name, self.index, *kind, self.gathered.mark()]


class Streams:
    """What is open, and what was shown of the answers to the present question.

    `files` (names with sizes in bytes, 0 when unknown) and `suggestions` are those of the contents.
    """

    def __init__(self, canvas: Canvas, toolbox: Toolbox, planning: Planning) -> None:
        self._canvas = canvas
        self._toolbox = toolbox
        self._planning = planning
        self.files: tuple[tuple[str, int], ...] = ()
        self.suggestions: tuple[str, ...] = ()
        self._lanes: dict[str, _Open] = {}
        self._contents: dict[str, _Open] = {}
        self._cut: dict[str, _Open] = {}
        self._conclusions: dict[tuple[str, str], int] = {}
        self._said: dict[_Words, int] = {}
        self._sizes: dict[str, int] = {}

    def mark(self) -> list[Any]:
        """What `resume` goes on from."""
        opened = [
            [open_.mark(name) for name, open_ in known.items()]
            for known in (self._lanes, self._contents, self._cut)
        ]
        conclusions = [[*key, index] for key, index in self._conclusions.items()]
        said = list(self._said.items())
        return [*opened, conclusions, said, self.files, self.suggestions]

    def resume(self, mark: Any) -> None:
        """Go on where the streams of `mark` stood."""
        lanes, contents, cut, conclusions, said, self.files, self.suggestions = mark
        self._lanes = {name: _opened(None, *rest) for name, *rest in lanes}
        self._contents = {name: _opened(name, *rest) for name, *rest in contents}
        self._cut = {name: _opened(name, *rest) for name, *rest in cut}
        self._conclusions = {(mission, order): index for mission, order, index in conclusions}
        self._said = dict(said)
        self._sizes = dict(self.files)

    def begin(self) -> None:
        """A new question: its conclusions are numbered anew, its answers may repeat old ones."""
        self.suggestions = ()
        self._cut.clear()
        self._conclusions.clear()
        self._said.clear()

    def close(self, *, cut: bool) -> list[str]:
        """Nothing stays open over the end of a turn. With `cut` the line or the run broke: what
        is kept stands as it is, and a content goes on if more of it comes after all.

        Gives the texts of the operator that were still open.
        """
        heard = [self.end_text(lane, own=False) for lane in list(self._lanes)]
        if not cut:
            self._cut.clear()
        for category in list(self._contents):
            open_ = self._contents[category]
            self._end_content(category, finished=False, own=False)
            if cut:
                self._cut[category] = open_
        return heard

    # --- texts ---------------------------------------------------------------------------------

    def start_text(self, lane: str, voice: Voice) -> None:
        """A text begins on `lane`; one that was open there and has words is complete."""
        open_ = self._lanes.get(lane)
        if open_ is not None:
            if open_.voice is voice and not open_.gathered:
                return
            self.end_text(lane, own=False)
        self._open_text(lane, voice)

    def _open_text(self, lane: str, voice: Voice) -> _Open:
        index = -1
        shape = Thought if voice is Voice.THOUGHT else Answer
        if voice is not Voice.USER:
            self._toolbox.end_unanswered()
            index = self._canvas.add(shape(""), live=True)
        self._lanes[lane] = open_ = _Open(index, shape, voice=voice, gathered=self._gathered())
        return open_

    def append_text(self, event: TextAppended) -> Voice:
        """A piece of a text. The voice is that of the lane, if it has one already."""
        open_ = self._lanes.get(event.lane)
        if open_ is None:
            open_ = self._open_text(event.lane, event.voice)
        self._append(open_, event.text)
        return open_.voice

    def end_text(self, lane: str, *, own: bool = True) -> str:
        """The text on `lane` is complete; what the operator said if it was his, else empty."""
        open_ = self._lanes.pop(lane, None)
        if open_ is None:
            return ""
        if open_.voice is Voice.USER:
            return open_.text()
        self._settle(open_)
        body = open_.body()
        self._canvas.end(open_.index, body, own=own)
        self._note(open_.index, body)
        return ""

    def end_answers(self) -> None:
        """Something else begins: the texts of the agent are complete."""
        for lane, open_ in list(self._lanes.items()):
            if open_.voice is not Voice.USER:
                self.end_text(lane, own=False)

    def _gathered(self) -> Gathered:
        return Gathered.unlimited() if self._canvas.whole else Gathered()

    def _settle(self, open_: _Open) -> None:
        """What does not fit into memory any more is counted."""
        open_.gathered.settle()
        if open_.gathered.left and open_.index >= 0:
            self._canvas.leave(open_.index, open_.gathered.left)

    def _append(self, open_: _Open, piece: str) -> None:
        pieces = open_.gathered.pieces
        pieces.append(piece)
        if len(piece) > LARGE or len(pieces) > MANY:
            self._settle(open_)
        if open_.index >= 0:
            self._canvas.touch(open_.index, None if open_.tool else open_.body)

    # --- contents in pieces --------------------------------------------------------------------

    def start(self, event: ContentStarted) -> None:
        """A content of a category begins; one of the same category, or without a start, ends."""
        category = event.category or ""
        self._cut.pop(category, None)
        for name, open_ in list(self._contents.items()):
            if open_.implicit or name == category:
                self._end_content(name, finished=open_.implicit, own=False)
        self._open_content(category, event.content_type)

    def _open_content(self, category: str, content_type: str, *, implicit: bool = False) -> _Open:
        tool, shape = category == _RESPONSE, _shape(category)
        if tool:
            index = self._toolbox.add(self._toolbox.next_choice(), live=True)
        else:
            index = self._canvas.add(shape(""), live=True)
        open_ = _Open(
            index,
            shape,
            tool=tool,
            content_type=content_type,
            implicit=implicit,
            gathered=self._gathered(),
        )
        self._contents[category] = open_
        return open_

    def append(self, event: ContentAppended) -> None:
        """A piece of a content; without a category it belongs to the one opened last."""
        category = event.category or next(reversed(self._contents), "llm")
        open_ = self._contents.get(category)
        if open_ is None:
            if not event.text:
                return
            open_ = self._reopen(category) or self._open_content(
                category, event.content_type, implicit=True
            )
        if event.text:
            self._append(open_, event.text)

    def _reopen(self, category: str) -> _Open | None:
        """A content that a lost line cut off goes on where it stopped."""
        open_ = self._cut.pop(category, None)
        if open_ is not None:
            self._contents[category] = open_
            if open_.tool:
                self._toolbox.reopen(open_.index)
            else:
                self._canvas.update(open_.index, open_.body(), live=True)
        return open_

    def finish(self, event: ContentFinished) -> None:
        """A content is complete; without a category it is the one opened last.

        A finish that names a category which is not open ends nothing: that content came before
        the line began, or never.
        """
        category = event.category or next(reversed(self._contents), "")
        open_ = self._contents.get(category)
        if open_ is not None:
            if event.text and not open_.gathered:
                self._append(open_, event.text)
            self._end_content(category, finished=True, own=True)
        elif self._cut.pop(category, None) is None and event.text:
            self.show(content.read(category, event.content_type, event.text))

    def _end_content(self, category: str, *, finished: bool, own: bool) -> None:
        """The block of a content becomes what its text says. `finished` is False where nobody
        said that the text is whole."""
        open_ = self._contents.pop(category)
        self._settle(open_)
        index = open_.index
        tool = self._canvas.body(index) if open_.tool else None
        read = _meaning(category, open_, finished=finished)
        bodies = list(read.bodies)
        if read.plan is not None:
            shown = self._planning.take(read.plan)
            bodies = [shown if shown is not None else Note("plan as before", name="plan")]
        if not bodies:
            name = tool.name if isinstance(tool, Tool) and tool.name else category
            bodies = [Note("nothing to show", name=name)]
        first, *more = bodies
        older = self._conclusions.get(read.key, index) if read.key is not None else index
        if older != index:
            self._canvas.update(older, first)
            self._note(older, first)
            first = Note("sent again, it stands above", name="conclusion")
        elif isinstance(tool, Tool) and isinstance(first, Tool):
            first = named(first, tool)
        if isinstance(tool, Tool) or isinstance(first, Tool):
            self._toolbox.end(index, first, own=own)
        else:
            self._canvas.end(index, first, own=own)
        self._note(index, first, read)
        for body in more:
            self._add(body, read)
        self._toolbox.choose(read.choices)

    # --- whole contents ------------------------------------------------------------------------

    def arrived(self, event: ContentArrived) -> None:
        """A whole content at once; inside start and finish it is what they enclose."""
        category = event.category or ""
        open_ = self._contents.get(category)
        if category.startswith("ask_"):
            self._planning.put_ask(
                ask_kind(category), event.content_type, event.text, event.checkpoint, waits=False
            )
        elif open_ is not None and not open_.gathered:
            self._append(open_, event.text)
            open_.content_type = event.content_type
        elif category in content.THOUGHTS:
            self._canvas.add(Thought(event.text))
        else:
            chosen = self._toolbox.next_choice() if category == _RESPONSE else None
            self.show(content.read(category, event.content_type, event.text), chosen)

    def closing(self, text: str) -> None:
        """The words that a turn ends with, unless they are shown already."""
        if text.strip() and _words(text) not in self._said:
            self.show(content.read("llm", "str", text))

    def show(self, read: Content, chosen: Tool | None = None) -> None:
        """Blocks for a whole content; `chosen` is the tool that it is the response of."""
        if read.plan is not None:
            shown = self._planning.take(read.plan)
            if shown is not None:
                self._canvas.add(shown)
            return
        for body in read.bodies:
            if isinstance(body, Answer) and self._repeats(body, read):
                continue
            if isinstance(body, Suggestions) and body.questions == self.suggestions:
                continue
            if isinstance(body, Tool) and chosen is not None:
                self._add(named(body, chosen), read)
            else:
                self._add(body, read)
        self._toolbox.choose(read.choices)

    def _repeats(self, answer: Answer, read: Content) -> bool:
        """Whether an answer has its block: as a conclusion that is sent again and replaces the
        first, or because this turn said the same words, which then count as the conclusion."""
        if read.key in self._conclusions:
            index = self._conclusions[read.key]
        elif answer.conclusion:
            words = answer.text.strip()
            for category, open_ in list(self._contents.items()):
                if open_.implicit and open_.text().strip() == words:
                    self._end_content(category, finished=True, own=False)
            index = self._said.get(_words(words), -1)
        else:
            return False
        if index >= 0:
            self._canvas.update(index, answer)
            self._note(index, answer)
        return index >= 0

    def _add(self, body: Body, read: Content) -> None:
        index = self._toolbox.add(body) if isinstance(body, Tool) else self._canvas.add(body)
        self._note(index, body, read)

    def _note(self, index: int, body: Body, read: Content | None = None) -> None:
        """Remember what later contents and the overview need to know of a complete block."""
        if isinstance(body, Answer):
            self._said[_words(body.text)] = index
            if len(self._said) > 2 * _SAID:
                self._said = dict(islice(self._said.items(), _SAID, None))
            if read is not None and read.key is not None:
                self._conclusions[read.key] = index
        elif isinstance(body, Suggestions):
            self.suggestions = body.questions
        elif isinstance(body, FileNote):
            self._sizes[body.name] = body.size or self._sizes.get(body.name, 0)
            self.files = tuple(self._sizes.items())


def _opened(category: str | None, index: int, *kind: Any) -> _Open:
    """What `_Open.mark` was made of; `category` is None for a text on a lane."""
    tool, content_type, implicit, spoken, gathered = kind
    voice = Voice(spoken)
    shape: Callable[[str], Body] = Thought if voice is Voice.THOUGHT else Answer
    if category is not None:
        shape = _shape(category)
    text = Gathered.resumed(gathered)
    return _Open(index, shape, tool, content_type, implicit, voice, text)


def _shape(category: str) -> Callable[[str], Body]:
    """How the text of a content looks before it is complete."""
    if category in content.THOUGHTS:
        return Thought
    if category in content.ANSWERS:
        return Answer
    if category == _CONCLUSION:
        return _conclusion
    return partial(Note, name=category)


def _conclusion(text: str) -> Answer:
    if _is_json(text):
        return Answer(content.partial_result(text), conclusion=True)
    return Answer(content.strip_traces(text), conclusion=True)


def _is_json(text: str) -> bool:
    return text.lstrip()[:1] == "{"


def _meaning(category: str, open_: _Open, *, finished: bool) -> Content:
    """What a content says, also where its text was cut off."""
    text = open_.text()
    if category in content.THOUGHTS:
        return Content(bodies=(Thought(text),))
    if category == _CONCLUSION and _is_json(text) and load(text) is None:
        shown = content.partial_result(text)
        if shown:
            return Content(bodies=(Answer(shown, conclusion=True),))
        if not finished:
            return Content(bodies=(Raw(category, text, malformed=True, reason=CUT_OFF),))
    if category == _RESPONSE and not finished and load(text) is None:
        outputs = (Text(text),) if text.strip() else ()
        status = ToolStatus.FAILED
        return Content(bodies=(Tool(name="", outputs=outputs, status=status, reason=CUT_OFF),))
    return content.read(category, open_.content_type, text)
