"""The one table of actions: it feeds key handling, footer, help, palette and docs.

An action's `id` is the name of the method `act_<id>` of the screen that runs it. `keys` are
Textual key names, `shown` their label where it is not those names; `scopes` the panes in which
they hold (`any` holds everywhere outside the composer, `always` in the composer too). `label` is
the word in the footer, `help` the line in the help page, `word` the palette entry. `argument`
says what may stand behind the word on the command line; the method then takes a text.
"""

import unicodedata

from das_tui.light import dataclass
from das_tui.view.glyphs import UTF8, Glyphs

READ = ("transcript", "panel")
LISTS = ("transcript", "panel", "sidebar")


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that the operator can do."""

    id: str
    keys: tuple[str, ...]
    help: str
    group: str
    label: str = ""
    scopes: tuple[str, ...] = ("any",)
    shown: str = ""
    argument: str = ""

    @property
    def word(self) -> str:
        """The name in the palette and on the command line."""
        return self.id.replace("_", "-")


ACTIONS: tuple[Action, ...] = (
    Action("line_down", ("j", "down"), "line down", "Move", scopes=LISTS, shown="j {down}"),
    Action("line_up", ("k", "up"), "line up", "Move", scopes=LISTS, shown="k {up}"),
    Action("half_down", ("ctrl+d",), "half a page down", "Move", scopes=LISTS),
    Action("half_up", ("ctrl+u",), "half a page up", "Move", scopes=LISTS),
    Action("page_down", ("space", "pagedown"), "page down", "Move", scopes=LISTS, shown="space"),
    Action("page_up", ("b", "pageup"), "page up", "Move", scopes=LISTS, shown="b"),
    Action("top", ("g", "home"), "top", "Move", scopes=LISTS, shown="g"),
    Action("end", ("G", "end"), "end and follow", "Move", "end", scopes=LISTS, shown="G"),
    Action("next_block", ("J",), "next block", "Move", scopes=("transcript",)),
    Action("previous_block", ("K",), "previous block", "Move", scopes=("transcript",)),
    Action("next_question", ("right_curly_bracket",), "next question", "Move", scopes=READ),
    Action("previous_question", ("left_curly_bracket",), "previous question", "Move", scopes=READ),
    Action("next_error", ("e",), "next error", "Move", "next error", scopes=("transcript",)),
    Action("previous_error", ("E",), "previous error", "Move", scopes=("transcript",)),
    Action("search", ("slash",), "search", "Move", "search", scopes=READ),
    Action("next_hit", ("n",), "next hit", "Move", scopes=READ),
    Action("previous_hit", ("N",), "previous hit", "Move", scopes=READ),
    Action("next_mark", ("u",), "next mark", "Move", scopes=("transcript",)),
    Action("previous_mark", ("U",), "previous mark", "Move", scopes=("transcript",)),
    Action("at", (), "go to a time", "Move", argument="HH:MM"),
    Action("left", ("left",), "sideways, left", "Move", scopes=("transcript",), shown="{left}"),
    Action("right", ("right",), "sideways, right", "Move", scopes=("transcript",), shown="{right}"),
    Action("lower", ("minus",), "level lower", "Read", "level", scopes=READ),
    Action("higher", ("plus", "equals_sign"), "level higher", "Read", scopes=READ, shown="+"),
    Action("level", (), "show from this level on", "Read", argument="LEVEL"),
    Action("all_levels", ("0",), "all levels", "Read", scopes=READ),
    Action("level_menu", ("L",), "level menu", "Read", scopes=READ),
    Action(
        "open",
        ("enter", "ctrl+j"),
        "open or fold this",
        "Read",
        "open",
        scopes=LISTS,
        shown="enter",
    ),
    Action("tools", ("x",), "open or fold all tools", "Read", "fold", scopes=("transcript",)),
    Action("only_answers", ("X",), "only answers, or all", "Read", scopes=("transcript",)),
    Action("sift", ("ampersand",), "only matches; ! hides", "Read", scopes=READ),
    Action("kinds", (), "choose kinds of blocks", "Read", argument="[KIND]"),
    Action("mark", ("m",), "mark this, or not", "Read", scopes=("transcript",)),
    Action("note", ("M",), "mark this with a note", "Read", scopes=("transcript",)),
    Action("raw", ("d",), "raw event", "Read", scopes=("transcript",)),
    Action("times", ("T",), "times and levels", "Read", scopes=("transcript",)),
    Action("wrap", ("W",), "wrap code", "Read", scopes=("transcript",)),
    Action("copy", ("y",), "copy the source", "Take", "copy", scopes=("transcript",)),
    Action("copy_turn", ("Y",), "copy the turn", "Take", scopes=("transcript",)),
    Action("copy_markdown", (), "copy it as Markdown", "Take"),
    Action("select", ("v",), "begin or end a range", "Take", "range", scopes=("transcript",)),
    Action(
        "save",
        ("s",),
        "save to a file",
        "Take",
        "save",
        scopes=("transcript",),
        argument="[FILE]",
    ),
    Action("pipe", ("vertical_line",), "pipe to a command", "Take", scopes=("transcript",)),
    Action("pager", ("o",), "open in the pager", "Take", scopes=("transcript",)),
    Action("plain_text", ("V",), "plain text to select", "Take", scopes=("transcript",)),
    Action("needs_me", ("a",), "next that needs me", "Sessions", "needs me"),
    Action("previous_session", ("left_square_bracket",), "previous session", "Sessions"),
    Action("next_session", ("right_square_bracket",), "next session", "Sessions"),
    Action(
        "nth_session",
        tuple("123456789"),
        "nth session",
        "Sessions",
        shown="1-9",
        scopes=("transcript", "sidebar", "panel", "dock"),
    ),
    Action("new_session", ("ctrl+n",), "new question", "Sessions", "new", scopes=("always",)),
    Action("setup", ("S",), "set up a new session", "Sessions", "set up", scopes=LISTS),
    Action("new_setup", ("ctrl+t",), "set it up", "Write", "set up", scopes=("composer",)),
    Action("remote", ("B",), "sessions at the service", "Sessions", scopes=LISTS),
    Action("files", ("F",), "files of the session", "Sessions", "files", scopes=LISTS),
    Action("session", (), "open one by its title", "Sessions", argument="TITLE"),
    Action("queue", ("Q",), "questions that wait", "Sessions", "queue", scopes=LISTS),
    Action("filter", ("slash",), "find sessions", "Sessions", "find", scopes=("sidebar",)),
    Action("pin", ("P",), "pin on top, or not", "Sessions", scopes=("sidebar",)),
    Action(
        "rename", ("R",), "give another title", "Sessions", scopes=("sidebar",), argument="TITLE"
    ),
    Action("archive", ("A",), "put away, bring back", "Sessions", scopes=("sidebar",)),
    Action("delete", ("D",), "delete, asks if needed", "Sessions", scopes=("sidebar",)),
    Action("undo", ("u",), "take that back", "Sessions", scopes=("sidebar",)),
    Action("archived", (), "what was put away", "Sessions"),
    Action("order", (), "order of the sessions", "Sessions", argument="WORD"),
    Action("group", (), "group the sessions", "Sessions", argument="WORD"),
    Action("next_pane", ("tab",), "next pane", "Sessions"),
    Action("previous_pane", ("shift+tab",), "previous pane", "Sessions", shown="backtab"),
    Action("write", ("i",), "write a question", "Write", "write"),
    Action("send", ("enter",), "send", "Write", "send", scopes=("composer",)),
    Action("new_line", ("ctrl+j",), "new line", "Write", "new line", scopes=("composer",)),
    Action("editor", ("ctrl+o",), "write in the editor", "Write", scopes=("composer",)),
    Action("history", ("up",), "earlier question", "Write", scopes=("composer",), shown="{up}"),
    Action("leave", ("escape",), "leave", "Write", "leave", scopes=("always",), shown="esc"),
    Action("plan", ("p",), "plan pane", "Panes", "plan"),
    Action("alone", ("z",), "transcript alone", "Panes"),
    Action("timeline", ("t",), "where the time went", "Panes", "timeline", scopes=LISTS),
    Action("compare", ("c",), "compare with another", "Panes", "compare", scopes=LISTS),
    Action("approve", ("y",), "approve", "Answer", "run it", scopes=("dock",)),
    Action("approve_all", ("A",), "approve all later ones", "Answer", scopes=("dock",)),
    Action("refuse", ("n",), "refuse", "Answer", "refuse", scopes=("dock",)),
    Action("edit", ("e",), "edit", "Answer", "edit", scopes=("dock",)),
    Action("reply", ("r",), "answer in words", "Answer", "reply", scopes=("dock",)),
    Action("next_act", ("r",), "the one safe next act", "Run", scopes=LISTS),
    Action("like", (), "this answer was good", "Run"),
    Action("dislike", (), "this answer was bad", "Run"),
    Action("issue", (), "report an issue in words", "Run"),
    Action("report", (), "have a web report made", "Run"),
    Action("stop", ("ctrl+c",), "stop the run, asks first", "Run", scopes=("always",)),
    Action("profile", (), "profiles: list and switch", "Program", argument="[NAME]"),
    Action("settings", (), "settings, kept at once", "Program"),
    Action("theme", (), "other colours", "Program", argument="NAME"),
    Action("keys", (), "all keys, and other ones", "Program"),
    Action("doctor", (), "which keys arrive here", "Program"),
    Action("request_id", (), "copy the last request id", "Program", scopes=("always",)),
    Action("palette", ("ctrl+p",), "palette", "Program", scopes=("always",)),
    Action("command", ("colon",), "command", "Program", "command"),
    Action("help", ("question_mark",), "help", "Program", "help"),
    Action("slow", (), "slow line: on, off, auto", "Program", argument="WISH"),
    Action("redraw", ("ctrl+l",), "redraw", "Program", scopes=("always",)),
    Action("suspend", ("ctrl+z",), "suspend", "Program", scopes=("always",)),
    Action("quit", ("q",), "quit, runs are kept", "Program", "quit"),
)

PAIRS: dict[str, tuple[tuple[str, ...], str]] = {
    "line_down": (("line_up",), "line"),
    "half_down": (("half_up",), "half a page"),
    "page_down": (("page_up",), "page"),
    "top": (("end",), "top, end and follow"),
    "next_block": (("previous_block",), "block"),
    "next_question": (("previous_question",), "question"),
    "next_error": (("previous_error",), "error"),
    "next_hit": (("previous_hit",), "hit"),
    "next_mark": (("previous_mark",), "mark"),
    "mark": (("note",), "mark, with a note"),
    "left": (("right",), "sideways"),
    "lower": (("higher", "all_levels"), "lower, higher, all"),
    "tools": (("only_answers",), "tools, all but answers"),
    "times": (("wrap",), "times, wrap"),
    "copy": (("copy_turn",), "copy this, the turn"),
    "pipe": (("pager",), "to a command, the pager"),
    "previous_session": (("next_session",), "previous, next"),
    "pin": (("rename",), "pin, rename"),
    "archive": (("delete",), "put away, delete"),
    "order": (("group",), "order, group"),
    "setup": (("new_setup",), "set up a new session"),
    "next_pane": (("previous_pane",), "next, previous pane"),
    "plan": (("alone",), "plan, text alone"),
    "timeline": (("compare",), "times, compare"),
    "approve": (("approve_all",), "approve, all later too"),
    "refuse": (("edit", "reply"), "refuse, edit, reply"),
    "palette": (("command",), "palette"),
    "redraw": (("suspend",), "redraw, suspend"),
}
"""Actions that the help page shows in one line with another: first id → (other ids, words)."""

NAMELESS = frozenset(
    {"palette", "command", "send", "new_line", "history", "leave", "nth_session", "new_setup"}
)
"""Actions that make no sense from the palette."""

_NAMES = {
    "minus": "-",
    "plus": "+",
    "equals_sign": "=",
    "right_curly_bracket": "}",
    "left_curly_bracket": "{",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "colon": ":",
    "question_mark": "?",
    "escape": "esc",
    "slash": "/",
    "ampersand": "&",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "exclamation_mark": "!",
    "quotation_mark": '"',
    "number_sign": "#",
    "dollar_sign": "$",
    "percent_sign": "%",
    "apostrophe": "'",
    "left_parenthesis": "(",
    "right_parenthesis": ")",
    "asterisk": "*",
    "comma": ",",
    "full_stop": ".",
    "semicolon": ";",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "at": "@",
    "backslash": "\\",
    "circumflex_accent": "^",
    "underscore": "_",
    "grave_accent": "`",
    "vertical_line": "|",
    "tilde": "~",
}


def key_label(key: str) -> str:
    """A Textual key name as help and footer write it: `ctrl+d` is `^d`."""
    if key.startswith("ctrl+"):
        rest = key.removeprefix("ctrl+")
        return "^" + _NAMES.get(rest, rest)
    return _NAMES.get(key, key)


def keys_label(action: Action, glyphs: Glyphs = UTF8) -> str:
    """All keys of an action as one label; arrows come from the glyph table."""
    if not action.keys:
        return f":{action.word}"
    if not action.shown:
        return " ".join(key_label(key) for key in action.keys)
    arrows = {"up": glyphs.up, "down": glyphs.down, "left": glyphs.left, "right": glyphs.right}
    return action.shown.format(**arrows)


class Table:
    """Actions with the keys that they have: the ones above, or those of the operator."""

    __slots__ = ("_lookup", "actions", "by_id")

    def __init__(self, actions: tuple[Action, ...]) -> None:
        self.actions = actions
        self.by_id: dict[str, Action] = {action.id: action for action in actions}
        self._lookup: dict[tuple[str, str], Action] = {
            (scope, key): action
            for action in actions
            for scope in action.scopes
            for key in action.keys
        }

    def find(self, scope: str, key: str) -> Action | None:
        """The action of `key` in the pane `scope`: its own first, then the general ones."""
        found = self._lookup.get((scope, key)) or self._lookup.get(("always", key))
        if found is None and scope != "composer":
            found = self._lookup.get(("any", key))
        return found

    def label(self, action_id: str, glyphs: Glyphs = UTF8) -> str:
        """The first key of an action as one writes it in a sentence; `:word` without a key."""
        action = self.by_id[action_id]
        if not action.keys:
            return f":{action.word}"
        return keys_label(Action(action.id, action.keys[:1], "", ""), glyphs)


TABLE = Table(ACTIONS)
"""The actions with the keys that they have without settings."""

BY_ID: dict[str, Action] = TABLE.by_id

find = TABLE.find


_PUNCTUATION = str.maketrans("【】、《》。", "[]/<>.")


def folded(character: str | None) -> str | None:
    """What a full-width character stands for outside the composer, so that an input method left
    on does no harm: NFKC, and the Chinese brackets and the enumeration comma."""
    if character is None or character.isascii():
        return character
    return unicodedata.normalize("NFKC", character).translate(_PUNCTUATION)
