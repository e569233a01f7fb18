"""The operator's own keys over the table of actions: which count, and what is wrong with the rest.

Pure. `settings.toml` maps ids of actions to keys, as help writes them (`^d`, `}`, `esc`) or by
name (`ctrl+d`). What the operator wants wins over what the table has; an action that loses its
last key that way is still a word of the command line.
"""

import difflib
import unicodedata
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from das_tui.light import dataclass
from das_tui.tui.actions import ACTIONS, Action, Table, folded, key_label

Keys = Mapping[str, str | Sequence[str]]
"""Ids of actions with their keys; an empty sequence leaves an action without."""

PANES = ("transcript", "panel", "sidebar", "dock", "composer")

FIXED = {
    "escape": "it leads back everywhere",
    "enter": "it sends, opens and confirms",
    "ctrl+j": "line breaks of a paste arrive as it",
    "ctrl+c": "it stops a run",
    "colon": "it opens the command line, which reaches every action",
}
"""Keys that stay with the actions that have them, and why."""

_UNMOVED = {"nth_session": "its keys are the digits"}

_SENT_FOR = {
    "ctrl+h": "backspace",
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+left_square_bracket": "esc",
}
_FLOW = {"ctrl+q", "ctrl+s"}

_EDITS = frozenset(f"ctrl+{letter}" for letter in "adekuvwxy")
"""Keys that the text field of the composer takes."""

_SCROLLS = frozenset({"space", "b", "pagedown", "pageup", "ctrl+d", "ctrl+u"})
"""Keys that scroll what an approval shows."""

_NAMES = {
    "esc": "escape",
    "return": "enter",
    "pgdn": "pagedown",
    "pgup": "pageup",
    "backtab": "shift+tab",
    "del": "delete",
    "ins": "insert",
}
_PLAIN = frozenset(
    "space tab shift+tab enter escape up down left right home end pageup pagedown backspace "
    "delete insert".split()
)
_OWN_NAMES = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
"""Characters whose keys are not called as Unicode calls them."""


class Fault(NamedTuple):
    """Something in the settings that does not hold as written.

    `refused` says that a wish was not granted; else it was, and another action lost a key to it.
    """

    action: str
    text: str
    refused: bool = True


@dataclass(frozen=True, slots=True)
class Resolved:
    """The table that counts, and in words what of the settings does not, or costs another action
    its key."""

    table: Table
    faults: tuple[Fault, ...] = ()


def name_of(character: str) -> str:
    """The name of the key of a printable ASCII character: `?` is `question_mark`."""
    if character.isalnum():
        return character
    if character == " ":
        return "space"
    name = unicodedata.name(character, "").lower().replace("-", "_").replace(" ", "_")
    return _OWN_NAMES.get(name, name)


def key_name(text: str) -> str:
    """The name of the key that `text` means, empty for none: `^d` and `Ctrl+D` are `ctrl+d`."""
    text = text.strip(" ") or " "
    if len(text) == 1:
        character = folded(text) or ""
        fits = len(character) == 1 and character.isascii() and character.isprintable()
        return name_of(character) if fits else ""
    if text[0] == "^" and len(text) == 2:
        text = f"ctrl+{text[1]}"
    head, plus, last = text.rpartition("+")
    if plus and last:
        if len(last) == 1 and not last.isalnum():
            last = name_of(last) if last.isascii() and last.isprintable() else ""
        return f"{head}+{last}".lower() if last else ""
    name = _NAMES.get(text.lower(), text.lower())
    known = {name_of(chr(code)) for code in range(33, 127)}
    return name if name in _PLAIN or name in known or _is_function(name) else ""


def unbindable(key: str) -> str:
    """Why no action can have this key, by its name; empty if one can."""
    label = key_label(key)
    if key in _SENT_FOR:
        return f"terminals send {label} for {_SENT_FOR[key]}"
    if key == "backspace":
        return "it takes back what was typed, and some terminals send ^h for it"
    if key in _FLOW:
        return f"{label} stops or starts the line of some terminals"
    if key.startswith(("alt+", "meta+", "option+")):
        return "alt is esc with a key behind it, and a slow line parts the two"
    if _is_function(key.rpartition("+")[2]):
        return "function keys differ between terminals, which take some themselves"
    if key in _PLAIN or "+" not in key:
        return ""
    head, _, last = key.rpartition("+")
    if head == "ctrl" and len(last) == 1 and last.isascii() and last.isalpha():
        return ""
    return "only few terminals send it; ctrl goes with letters"


def panes(action: Action) -> frozenset[str]:
    """The panes in which the keys of an action hold."""
    found: set[str] = set()
    for scope in action.scopes:
        found |= set(PANES) if scope == "always" else {scope}
        found |= set(PANES[:-1]) if scope == "any" else set()
    return frozenset(found)


def refusal(action: Action, key: str, actions: Sequence[Action] = ACTIONS) -> str:
    """Why this action cannot have that key, by its name; empty if it can."""
    own = next((one.keys for one in actions if one.id == action.id), ())
    if key in own:
        return ""
    if action.id in _UNMOVED:
        return _UNMOVED[action.id]
    if key in FIXED:
        return f"{key_label(key)} stays where it is: {FIXED[key]}"
    why = unbindable(key)
    if why:
        return why
    where = panes(action)
    if "composer" in where and ("ctrl+" not in key or key in _EDITS):
        return f"{key_label(key)} writes or edits in the composer, where this holds too"
    if "dock" in action.scopes and key in _SCROLLS:
        return f"{key_label(key)} scrolls what an approval shows"
    return ""


def rivals(table: Table, action: Action, key: str) -> list[Action]:
    """The other actions that have this key where `action` would have it."""
    where = panes(action)
    return [
        other
        for other in table.actions
        if other.id != action.id and key in other.keys and where & panes(other)
    ]


def resolve(keys: Keys, actions: tuple[Action, ...] = ACTIONS) -> Resolved:
    """The table with the keys of the settings put in."""
    faults: list[Fault] = []
    wanted = _wanted(keys, actions, faults)
    taken: dict[tuple[str, str], Action] = {}
    for action in actions:
        for key in wanted.get(action.id, ()):
            _take(action, key, wanted, taken, faults)
    made: list[Action] = []
    for action in actions:
        kept = wanted[action.id] if action.id in wanted else _left(action, taken, faults)
        made.append(action if kept == action.keys else _with_keys(action, kept))
    return Resolved(Table(tuple(made)), tuple(faults))


def _wanted(
    keys: Keys, actions: tuple[Action, ...], faults: list[Fault]
) -> dict[str, tuple[str, ...]]:
    """The keys that each action named in the settings can have at all."""
    known = {action.id: action for action in actions}
    wanted: dict[str, tuple[str, ...]] = {}
    for name, given in keys.items():
        action = known.get(name.replace("-", "_"))
        if action is None:
            near = difflib.get_close_matches(name.replace("-", "_"), known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            faults.append(Fault(name, f"no action is called {name}{hint}"))
            continue
        texts = [given] if isinstance(given, str) else list(given)
        good = [key for text in texts if (key := _good(action, text, actions, faults))]
        if good or not texts:
            fixed = [key for key in action.keys if key in FIXED or action.id in _UNMOVED]
            wanted[action.id] = tuple(dict.fromkeys([*good, *fixed]))
    return wanted


def _good(action: Action, text: str, actions: Sequence[Action], faults: list[Fault]) -> str:
    """The name of a key that the action can have; empty, with a fault, for another."""
    if not text:
        faults.append(Fault(action.id, f"{action.id} has an empty text for a key; [] means none"))
        return ""
    key = key_name(text)
    why = refusal(action, key, actions) if key else "no key is called that"
    if not why:
        return key
    faults.append(Fault(action.id, f"{action.id} cannot have {text.strip() or 'blank'}: {why}"))
    return ""


def _take(
    action: Action,
    key: str,
    wanted: dict[str, tuple[str, ...]],
    taken: dict[tuple[str, str], Action],
    faults: list[Fault],
) -> None:
    """Give the key to the action, unless another one of the settings has it there."""
    where = panes(action)
    for pane in sorted(where):
        other = taken.get((pane, key))
        if other is not None and other.id != action.id:
            text = f"{key_label(key)} is wanted by {other.id} and {action.id}; {other.id} has it"
            faults.append(Fault(action.id, text))
            wanted[action.id] = tuple(k for k in wanted[action.id] if k != key)
            if not wanted[action.id]:
                # Nothing of what was wanted can be had: what the table gives it stays.
                del wanted[action.id]
            return
    for pane in where:
        taken[(pane, key)] = action


def _left(
    action: Action, taken: dict[tuple[str, str], Action], faults: list[Fault]
) -> tuple[str, ...]:
    """The keys that are left to an action that the settings do not name."""
    kept: list[str] = []
    lost: dict[str, Action] = {}
    for key in action.keys:
        winner = next((taken[(p, key)] for p in sorted(panes(action)) if (p, key) in taken), None)
        if winner is None:
            kept.append(key)
        else:
            lost[key] = winner
    for key, winner in lost.items():
        left = " ".join(map(key_label, kept))
        rest = f"keeps {left}" if left else f"has no key left; :{action.word} does it"
        text = f"{key_label(key)} is now {winner.id}; {action.id} {rest}"
        faults.append(Fault(action.id, text, refused=False))
    return tuple(kept)


def _with_keys(action: Action, keys: tuple[str, ...]) -> Action:
    return Action(
        action.id,
        keys,
        action.help,
        action.group,
        action.label,
        action.scopes,
        argument=action.argument,
    )


def _is_function(name: str) -> bool:
    return name[:1] == "f" and name[1:].isdecimal() and name.isascii()
