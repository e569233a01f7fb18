"""Foreign words as a sentence."""

_ENDS = ".!?:。！？…"


def sentence(text: str) -> str:
    """`text` without blanks at its end and with a full stop if it has no end of its own."""
    shown = text.rstrip()
    return shown if not shown or shown[-1] in _ENDS else f"{shown}."
