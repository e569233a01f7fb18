"""Keys of pages, menus and prompts are not in the table of actions: the docs name each of them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import das_tui.tui
from tests.keys_page import page

_FOOTERS = {"keys", "_keys", "done_keys", "_dock_keys", "line_keys", "_prompt_keys", "prompt_keys"}
"""Methods that say which keys the footer offers."""

_EVERYWHERE = {"esc", "type", "a key", "esc esc"}


def offered() -> Iterator[tuple[str, str]]:
    """Each key with its words that is written into a footer by hand, and not by an action."""
    for path in sorted(Path(das_tui.tui.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name in _FOOTERS:
                for pair in ast.walk(node):
                    if isinstance(pair, ast.Tuple) and len(pair.elts) == 2:
                        key, words = pair.elts
                        if isinstance(key, ast.Constant) and isinstance(words, ast.Constant):
                            yield str(key.value), str(words.value)


def test_each_key_of_a_page_or_menu_stands_in_the_docs() -> None:
    _, _, section = page().partition("## Pages, menus and prompts")
    named = set(re.findall(r"`([^`]+)`", section)) | {"1-9"}
    found = set(offered())
    assert len(found) > 40
    missing = [
        (key, words)
        for key, words in sorted(found - {("1-9", "nth")})
        if key not in _EVERYWHERE and not set(key.split()) <= named
    ]
    assert missing == []
