"""docs/keys.md, made from the table of actions: `python -m tests.keys_page` writes it anew."""

from pathlib import Path

from das_tui.tui.actions import ACTIONS, NAMELESS, Action, key_label
from das_tui.tui.keymap import FIXED

PAGE = Path(__file__).parents[1] / "docs" / "keys.md"

_WHERE = {
    "any": "outside the composer",
    "always": "everywhere",
    "panel": "plan pane",
    "sidebar": "list of sessions",
    "dock": "approval",
}

_HEAD = """# Keys and words

Every action of the main screen, by group. The id is what `[keys]` of `settings.toml` calls it, the
word what one types behind `:`. `python -m tests.keys_page` makes this page from the table in
`das_tui/tui/actions.py`.

## Other keys

`:keys` lists all actions; enter and a key give one another key, and a conflict is shown before the
key is taken. By hand, keys are written as help writes them or by name, one or several:

```toml
[keys]
quit = "Z"
needs_me = ["a", "^g"]
tools = []
```

A key of your own wins: the action that had it in the same pane loses it, is named by
`das-tui config show` and `:keys`, and can still be typed as a word. Of two wishes for one key the
first in this list is granted. An empty list leaves an action without a key.

{fixed} stay where they are. Nobody can have `^h` `^i` `^m` `^[`, which are
backspace, tab, enter and esc to a terminal, `^s` and `^q`, which stop and start the line of some,
function keys, which differ from terminal to terminal, and alt, which a slow line parts from its
key. What holds in the composer too takes ctrl with a letter that does not edit there. Only the
main screen and its panes have other keys: those of pages, menus and prompts stay as they are, see
[below](#pages-menus-and-prompts).

`:doctor` shows what arrives of a key, and what tmux, screen or the terminal is known to take;
`das-tui doctor` has a line about the same.
"""

_FIXED = """
## Pages, menus and prompts

What opens them can have other keys; the keys inside cannot, and are the same for everybody. The
footer names those that do something. Where a list can be walked through, the arrows, `pgdn`,
`pgup`, `home` and `end` work beside the letters, `esc` leads back, and so does `q` where nothing is
typed.

| where | keys |
|---|---|
| every page | `j` `k` scroll, move, `space` `b` page, `^d` `^u` half a page, `g` `G` top and end |
| help | `/` search |
| raw event | `y` copy request id |
| timeline | `enter` show in the transcript, `tab` all questions, `{` `}` question |
| | `x` fold, `z` zoom, whole, `i` more |
| compare | `tab` other side, `n` `N` difference, `enter` show there |
| | `{` `}` question, `c` another |
| files | `space` choose, `a` all, `enter` fetch, `r` ask again, `^c` stop fetching |
| profiles | `enter` switch, `n` new, `e` edit, `c` credentials, `u` next start |
| credentials | `1`–`9` take, `r` look again |
| welcome | `d` demo, `o` what is stored, `p` new profile, `enter` choose, `?` help |
| a new session, a new profile | `enter` write, list, take, `space` switch, `e` write |
| | `x` empty, remove, `i` write the question, `tab` take, go on |
| keys | `enter` other key, keep, take it, `a` one more, `x` none, `0` as it comes |
| | `u` undo, `/` search, `t` try keys |
| try keys | `esc` twice |
| settings | left and right change, `0` default, `u` undo, `enter` keys |
| levels | `j` `k` move, `enter` set, `0` all |
| kinds | `space` on, off, `o` only this, `0` all, `enter` set |
| suggestions | `1`–`9` ask, write it, `e` write first |
| queue | `w` take back, `enter` open |
| budget, stop, leave, delete | `y` send this one, stop, delete it; `q` leave |
| command line, lists | `tab` complete, up and down choose, `enter` run, choose |
| search, filter, note | `enter` keep, show these, mark; `!` first hides them |
| | `^r` regex or plain text, up and down next and previous |
| find sessions, rename | `enter` open, rename, `tab` keep, up and down choose |
| pipe, save | `enter` run it, save, up earlier, `^r` replace it, `tab` turn, block, session |
| any line one writes | left, right, `home`, `end`, `^u` clear, `^k` to the end, `^w` a word back |
"""

_COLUMNS = "| keys | id | word | what | where |\n|---|---|---|---|---|\n"


def page() -> str:
    """The page as it should be."""
    fixed = ", ".join(f"`{key_label(key)}`" for key in FIXED)
    parts = [_HEAD.format(fixed=fixed)]
    for group in dict.fromkeys(action.group for action in ACTIONS):
        parts.append(f"\n## {group}\n\n{_COLUMNS}")
        parts += [_row(action) for action in ACTIONS if action.group == group]
    return "".join([*parts, _FIXED])


def _row(action: Action) -> str:
    keys = " ".join(f"`{_cell(key_label(key))}`" for key in action.keys)
    argument = f" {action.argument}" if action.argument else ""
    word = "" if action.id in NAMELESS else f"`:{action.word}{argument}`"
    where = ", ".join(_WHERE.get(scope, scope) for scope in action.scopes)
    return f"| {keys} | `{action.id}` | {word} | {_cell(action.help)} | {where} |\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page())
