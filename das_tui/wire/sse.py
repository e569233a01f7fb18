"""Server-sent events: bytes in, frames out, by the rules of the WHATWG and within fixed caps."""

import re

from das_tui.domain.record import Frame
from das_tui.wire import payload

MAX_LINE = 8 * 1024 * 1024
"""Bytes of one line; a longer one makes its event oversized."""
MAX_EVENT = 16 * 1024 * 1024
"""Bytes of the data of one event; more make it oversized."""
HEAD = 64 * 1024
"""Bytes of data that are kept of an oversized event."""

_LINE_END = re.compile(rb"\r\n?|\n")
_BOM = b"\xef\xbb\xbf"
_LF = 0x0A
_CR = 0x0D


class SseDecoder:
    """An incremental decoder; the way the input is cut makes no difference to the frames.

    A line ends at CR, LF or CRLF and nothing else, and at a CR at once. An event is dispatched at
    a blank line if it has data. Of an oversized event only the first `HEAD` bytes of data are
    kept, so that it shows as malformed, and decoding goes on after it.
    """

    def __init__(self) -> None:
        self.dropped = 0
        """Events that the end of input cut off: 0 or 1, known after `close`."""
        self._line = bytearray()
        self._long = False
        self._skip_lf = False
        self._start = True
        self._event = ""
        self._begun = False
        self._data: list[bytes] = []
        self._size = 0
        self._oversized = False

    def feed(self, chunk: bytes) -> list[Frame]:
        """The frames that `chunk` completes."""
        frames: list[Frame] = []
        if not chunk:
            return frames
        begin = 0
        if self._skip_lf:
            self._skip_lf = False
            begin = 1 if chunk[0] == _LF else 0
        plain = b"\r" not in chunk
        while True:
            if plain and not (self._begun or self._line or self._start or self._long):
                begin = _usual(chunk, begin, frames)
            match = _LINE_END.search(chunk, begin)
            if match is None:
                break
            self._keep(chunk, begin, match.start())
            begin = match.end()
            frame = self._end_line()
            if frame is not None:
                frames.append(frame)
        if begin == len(chunk):
            self._skip_lf = chunk[-1] == _CR
        else:
            self._keep(chunk, begin, len(chunk))
        return frames

    def close(self) -> list[Frame]:
        """End of input: the pending event, if its data are complete, which a JSON object and
        `[DONE]` show by themselves. Anything else that was begun is dropped and counted."""
        if self._start and self._line.startswith(_BOM):
            del self._line[: len(_BOM)]
        if self._line and not self._line.startswith(b":"):
            self._begun = True
            if self._line.startswith(b"data:"):
                self._end_line()
        frames: list[Frame] = []
        if not self._oversized and self._data and _complete(b"\n".join(self._data)):
            frames.append(Frame(self._event, b"\n".join(self._data)))
        elif self._begun:
            self.dropped = 1
        self._line.clear()
        self._reset()
        return frames

    def _keep(self, chunk: bytes, begin: int, end: int) -> None:
        """Add to the pending line, of which at most `MAX_LINE` bytes are held."""
        if self._long:
            return
        if len(self._line) + end - begin > MAX_LINE:
            self._line += chunk[begin : begin + max(0, HEAD + len("data: ") - len(self._line))]
            del self._line[HEAD + len("data: ") :]
            self._long = True
        else:
            self._line += chunk[begin:end]

    def _end_line(self) -> Frame | None:
        line, long = bytes(self._line), self._long
        self._line.clear()
        self._long = False
        if self._start:
            self._start = False
            line = line.removeprefix(_BOM)
        if not line:
            return self._dispatch()
        name, _, value = line.partition(b":")
        if value.startswith(b" "):
            value = value[1:]
        if name == b"data":
            self._begun = True
            self._add(value, long)
        elif name == b"event":
            self._begun = True
            self._event = value[:HEAD].decode("utf-8", "replace")
        return None

    def _add(self, value: bytes, long: bool) -> None:
        if self._oversized:
            return
        self._data.append(value)
        self._size += len(value) + 1
        if long or self._size > MAX_EVENT:
            self._oversized = True
            self._data = [b"\n".join(self._data)[:HEAD]]

    def _dispatch(self) -> Frame | None:
        frame = Frame(self._event, b"\n".join(self._data)) if self._data else None
        self._reset()
        return frame

    def _reset(self) -> None:
        self._event = ""
        self._begun = False
        self._data = []
        self._size = 0
        self._oversized = False


def _usual(chunk: bytes, begin: int, frames: list[Frame]) -> int:
    """Take the events that stand whole in `chunk` from `begin` on, each a line of data and
    perhaps a name before it, as nearly all are; where the first begins that does not. No CR is in
    `chunk`."""
    while (end := chunk.find(b"\n\n", begin)) >= 0 and end - begin <= HEAD:
        event, data = b"", chunk[begin:end]
        if data.startswith(b"event:"):
            event, _, data = data.partition(b"\n")
            event = event[7:] if event.startswith(b" ", 6) else event[6:]
        if not data.startswith(b"data:") or b"\n" in data:
            break
        data = data[6:] if data.startswith(b" ", 5) else data[5:]
        frames.append(Frame(event.decode("utf-8", "replace"), data))
        begin = end + 2
    return begin


def _complete(data: bytes) -> bool:
    if payload.is_done(data):
        return True
    try:
        payload.parse(data)
    except payload.MalformedPayload:
        return False
    return True
