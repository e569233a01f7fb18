"""When the app draws in ASCII."""

import pytest

from das_tui.cli.context import Context
from das_tui.cli.terminal import ascii_only
from das_tui.config.settings import Settings


@pytest.mark.parametrize(
    ("environment", "given", "remembered", "expected"),
    [
        ({"TERM": "xterm-256color", "LANG": "C.UTF-8"}, Context(), Settings(), False),
        ({"TERM": "tmux-256color", "LANG": "zh_CN.utf8"}, Context(), Settings(), False),
        ({"TERM": "xterm"}, Context(), Settings(), False),
        ({"TERM": "linux", "LANG": "C.UTF-8"}, Context(), Settings(), True),
        ({"TERM": "xterm", "LANG": "zh_CN.GBK"}, Context(), Settings(), True),
        ({"TERM": "xterm", "LC_ALL": "C", "LANG": "C.UTF-8"}, Context(), Settings(), True),
        ({"TERM": "xterm"}, Context(ascii=True), Settings(), True),
        ({"TERM": "xterm"}, Context(), Settings(ambiguous=2), True),
    ],
)
def test_ascii_where_it_is_asked_for_or_needed(
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    given: Context,
    remembered: Settings,
    expected: bool,
) -> None:
    for name in ("TERM", "LC_ALL", "LC_CTYPE", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert ascii_only(given, remembered) is expected
