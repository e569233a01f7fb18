"""The table of actions."""

import re
from itertools import combinations

import pytest

from das_tui.tui.actions import ACTIONS, find, folded, keys_label
from das_tui.tui.screens import main
from das_tui.tui.screens.main import MainScreen

SCOPES = ("transcript", "panel", "sidebar", "dock", "composer")
NEVER = {
    "ctrl+b",
    "ctrl+a",
    "ctrl+s",
    "ctrl+h",
    "ctrl+i",
    "ctrl+m",
    "ctrl+q",
    "shift+enter",
    "tilde",
}


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_action_is_done_by_the_main_screen(action: object) -> None:
    method = getattr(MainScreen, f"act_{action.id}")
    assert method.__doc__


def test_the_main_screen_says_of_which_layers_it_is_made() -> None:
    package = MainScreen.__module__.rpartition(".")[0]
    layers = [
        cls.__module__.rpartition(".")[2]
        for cls in reversed(MainScreen.__mro__)
        if cls.__module__.startswith(package) and cls is not MainScreen
    ]
    assert re.findall(r"^`(\w+)` ", main.__doc__ or "", re.MULTILINE) == layers


def test_no_key_means_two_things_in_one_pane() -> None:
    for left, right in combinations(ACTIONS, 2):
        shared = set(left.scopes) & set(right.scopes)
        assert not shared or not set(left.keys) & set(right.keys), (left.id, right.id)


def test_keys_of_multiplexers_and_terminals_are_left_alone() -> None:
    used = {key for action in ACTIONS for key in action.keys}
    assert not used & NEVER
    assert not any(key.startswith(("alt+", "f1")) for key in used)


def test_ids_are_unique_and_have_words() -> None:
    ids = [action.id for action in ACTIONS]
    assert len(ids) == len(set(ids))
    assert all(action.help and keys_label(action) for action in ACTIONS)


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("key", ["ctrl+c", "ctrl+z", "ctrl+l", "ctrl+n", "ctrl+p", "escape"])
def test_some_keys_work_everywhere(scope: str, key: str) -> None:
    assert find(scope, key) is not None


def test_letters_are_text_in_the_composer() -> None:
    assert find("composer", "q") is None
    assert find("composer", "enter").id == "send"
    assert find("composer", "ctrl+d") is None


def test_a_panes_own_key_wins() -> None:
    assert find("dock", "r").id == "reply"
    assert find("transcript", "r").id == "next_act"
    assert find("dock", "e").id == "edit"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("【", "["), ("】", "]"), ("、", "/"), ("？", "?"), ("ｊ", "j"), ("é", "é")],
)
def test_an_input_method_left_on_does_no_harm(typed: str, meant: str) -> None:
    assert folded(typed) == meant
