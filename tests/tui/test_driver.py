"""Enter in a paste is a new line; Enter alone is Enter."""

from textual import events

from das_tui.tui.driver import ReadAwareParser


def keys(*reads: str) -> list[str]:
    parser = ReadAwareParser()
    return [e.key for read in reads for e in parser.feed(read) if isinstance(e, events.Key)]


def test_enter_alone_is_enter() -> None:
    assert keys("a", "b", "\r") == ["a", "b", "enter"]


def test_enter_with_other_text_is_a_new_line() -> None:
    assert keys("ab\r") == ["a", "b", "ctrl+j"]
    assert keys("\rDROP") == ["ctrl+j", "D", "R", "O", "P"]
    assert keys("a\rb\r") == ["a", "ctrl+j", "b", "ctrl+j"]


def test_other_keys_in_one_read_stay() -> None:
    assert keys("jjk") == ["j", "j", "k"]
    assert keys("\x1b[A\x1b[B") == ["up", "down"]
