"""What is known of a block by its kind alone: flags, as the index of a transcript keeps them.

A kind is a byte, as the heads of the shelf have it (`domain/shelf.py`). Tables give something for
each of the 256, and `bytes.translate` applies them to a whole transcript at once.
"""

from das_tui.domain import blocks, shelf

BEFORE = 1
"""Flag: a blank row stands above the block."""
AFTER = 2
"""Flag: a blank row stands below it."""
PINNED = 4
"""Flag: no threshold hides it."""
ESSENTIAL = 8
"""Flag: shown while only answers are."""
EXACT = 16
"""Flag: the height is true, not an estimate."""
TOOL = 32
"""Flag: a call of a tool. The index itself does not read it."""

_ESSENTIAL = frozenset({blocks.Question, blocks.Answer, blocks.Ask, blocks.Failure})
_HEADING = frozenset({blocks.Question, blocks.StepRule})
_LOOSE = frozenset(
    {blocks.Question, blocks.Answer, blocks.Chart, blocks.Failure, blocks.Suggestions}
)


def loose_kind(kind: int) -> bool:
    """Whether a blank row stands before and after blocks of a kind."""
    body = _body(kind)
    if body is blocks.Ask or body is blocks.Notice:
        return bool(kind & shelf.STANDS_OUT)
    return body in _LOOSE


def is_question(kind: int) -> bool:
    """Whether a kind is that of a question."""
    return bool(QUESTIONS[kind])


def _body(kind: int) -> type | None:
    """The class of the body of a kind, None for none."""
    number = kind & shelf.KIND
    return shelf.KINDS[number] if number < len(shelf.KINDS) else None


def _flags(kind: int) -> int:
    """The flags of the index for a kind."""
    body = _body(kind)
    if body is None:
        return 0
    flags = 0
    if loose_kind(kind):
        flags = BEFORE | AFTER
    elif body is blocks.StepRule:
        flags = BEFORE
    if kind & shelf.PINNED:
        flags |= PINNED | ESSENTIAL
    elif body in _ESSENTIAL:
        flags |= ESSENTIAL
    return flags | TOOL if body is blocks.Tool else flags


FLAGS = bytes(_flags(kind) for kind in range(256))
"""Table of kinds: their flags."""
COMPACT = bytes(
    flags & ~(AFTER if _body(kind) in _HEADING else BEFORE | AFTER)
    for kind, flags in enumerate(FLAGS)
)
"""FLAGS of a compact transcript: only questions and steps keep their blank row above."""
QUESTIONS = bytes(int(kind & shelf.KIND == 0) for kind in range(256))
"""Table of kinds for `Transcript.step`: what a human asked."""
ERRORS = bytes(int(bool(kind & shelf.FAILED)) for kind in range(256))
"""Table of kinds for `Transcript.step`: failures and failed tools."""


def both(left: bytes | bytearray, right: bytes | bytearray) -> bytearray:
    """The bits that two arrays of one length have in common."""
    common = int.from_bytes(left, "little") & int.from_bytes(right, "little")
    return bytearray(common.to_bytes(len(left), "little"))
