"""The operator's own keys: what they can be, who wins, and what is said of the rest."""

import string
import subprocess
import sys
from pathlib import Path

import pytest
from textual.keys import _character_to_key

from das_tui.tui.actions import ACTIONS, BY_ID, TABLE, Action, key_label, keys_label
from das_tui.tui.keymap import FIXED, key_name, name_of, panes, refusal, resolve, rivals, unbindable

PRINTABLE = string.ascii_letters + string.digits + string.punctuation


def refused(keys: dict[str, str | list[str]]) -> list[str]:
    return [fault.text for fault in resolve(keys).faults if fault.refused]


def lost(keys: dict[str, str | list[str]]) -> list[str]:
    return [fault.text for fault in resolve(keys).faults if not fault.refused]


# --- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("character", PRINTABLE)
def test_a_character_has_the_name_that_textual_gives_its_key(character: str) -> None:
    assert name_of(character) == _character_to_key(character)
    assert key_name(character) == name_of(character)
    assert key_name(key_label(name_of(character))) == name_of(character)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_key_of_the_table_can_be_written_as_help_writes_it(action: Action) -> None:
    for key in action.keys:
        assert key_name(key_label(key)) == key
        assert key_name(key) == key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("^d", "ctrl+d"),
        ("Ctrl+D", "ctrl+d"),
        ("esc", "escape"),
        ("pgdn", "pagedown"),
        ("backtab", "shift+tab"),
        ("question_mark", "question_mark"),
        ("？", "question_mark"),
        ("【", "left_square_bracket"),
        ("Ｚ", "Z"),
        ("Z", "Z"),
        (" ", "space"),
        ("é", ""),
        ("", "space"),
        ("blub", ""),
        ("ctrl+é", "ctrl+é"),
    ],
)
def test_a_key_is_written_in_many_ways(text: str, key: str) -> None:
    assert key_name(text) == key


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("^h", "backspace"),
        ("^i", "tab"),
        ("^m", "enter"),
        ("^[", "esc"),
        ("^q", "stops or starts the line"),
        ("^s", "stops or starts the line"),
        ("alt+x", "slow line"),
        ("f5", "function keys"),
        ("shift+f5", "function keys"),
        ("shift+enter", "few terminals"),
        ("ctrl+up", "few terminals"),
        ("ctrl+1", "few terminals"),
        ("backspace", "takes back"),
    ],
)
def test_some_keys_can_be_had_by_nobody(key: str, why: str) -> None:
    assert why in unbindable(key_name(key))


# --- who can have what ---------------------------------------------------------------------------


def test_without_settings_it_is_the_table() -> None:
    found = resolve({})
    assert found.table.actions == TABLE.actions
    assert found.faults == ()


def test_a_key_of_ones_own_takes_the_place_of_the_old_one() -> None:
    table = resolve({"quit": "Z"}).table
    assert table.find("transcript", "Z") is table.by_id["quit"]
    assert table.find("transcript", "q") is None
    assert keys_label(table.by_id["quit"]) == "Z"


def test_an_action_can_have_several_keys_or_none() -> None:
    table = resolve({"quit": ["Z", "^x"], "help": []}).table
    assert {table.find("sidebar", key) for key in ("Z", "ctrl+x")} == {table.by_id["quit"]}
    assert keys_label(table.by_id["help"]) == ":help"
    assert lost({"help": []}) == []


def test_an_empty_text_is_no_key() -> None:
    assert refused({"save": ""}) == ["save has an empty text for a key; [] means none"]
    assert keys_label(resolve({"save": ""}).table.by_id["save"]) == "s"


def test_words_name_actions_as_ids_do() -> None:
    assert resolve({"half-down": "f"}).table.find("transcript", "f").id == "half_down"


def test_an_unknown_action_is_named_with_the_nearest() -> None:
    assert refused({"tols": "f"}) == ["no action is called tols; did you mean tools?"]


@pytest.mark.parametrize("key", FIXED)
def test_some_keys_stay_where_they_are(key: str) -> None:
    (text,) = refused({"plan": key})
    assert FIXED[key] in text
    for action in ACTIONS:
        if key in action.keys:
            assert key in resolve({action.id: "^x"}).table.by_id[action.id].keys


def test_letters_stay_text_where_one_writes() -> None:
    for name in ("send", "new_session", "stop", "leave"):
        assert any("composer" in text for text in refused({name: "f"})), name
        assert any("composer" in text for text in refused({name: "^k"})), name


def test_an_approval_is_scrolled_before_it_is_given() -> None:
    assert any("scrolls" in text for text in refused({"approve": "space"}))


def test_digits_belong_to_the_sessions() -> None:
    assert refused({"nth_session": "f"})
    table = resolve({"plan": "5"}).table
    assert table.find("transcript", "5").id == "plan"
    assert table.find("transcript", "4").id == "nth_session"


# --- conflicts -----------------------------------------------------------------------------------


def test_the_operators_key_wins_and_the_loser_is_named() -> None:
    found = resolve({"quit": "x"})
    assert found.table.find("transcript", "x").id == "quit"
    assert found.table.by_id["tools"].keys == ()
    assert lost({"quit": "x"}) == ["x is now quit; tools has no key left; :tools does it"]


def test_a_loser_keeps_its_other_keys() -> None:
    assert "line_down keeps down" in lost({"plan": "j"})[0]


def test_of_two_wishes_the_first_of_the_table_is_granted() -> None:
    found = resolve({"tools": "Z", "mark": "Z"})
    assert found.table.find("transcript", "Z").id == "tools"
    assert refused({"tools": "Z", "mark": "Z"}) == ["Z is wanted by tools and mark; tools has it"]
    assert found.table.by_id["mark"].keys == BY_ID["mark"].keys


def test_two_actions_can_change_their_keys() -> None:
    found = resolve({"approve": "n", "refuse": "y"})
    assert found.faults == ()
    assert found.table.find("dock", "n").id == "approve"


def test_panes_apart_share_a_key() -> None:
    assert resolve({"pin": "m"}).faults == ()


def test_rivals_are_who_has_a_key_in_the_same_pane() -> None:
    assert [one.id for one in rivals(TABLE, BY_ID["quit"], "x")] == ["tools"]
    assert rivals(TABLE, BY_ID["pin"], "m") == []


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_no_key_means_two_things_in_one_pane_whatever_is_wanted(action: Action) -> None:
    for key in ("x", "j", "^n", "^e", "Z", "1"):
        table = resolve({action.id: key, "plan": "e"}).table
        own = table.by_id[action.id]
        for wish in (own, table.by_id["plan"]):
            for mine in wish.keys:
                if mine not in BY_ID[wish.id].keys:
                    assert rivals(table, wish, mine) == [], (wish.id, mine)
                    assert all(table.find(pane, mine) is wish for pane in panes(wish))


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_the_table_keeps_its_own_rules(action: Action) -> None:
    for key in action.keys:
        assert refusal(action, key) == ""
        assert key in {*FIXED, "ctrl+j"} or not unbindable(key)


def test_a_start_without_keys_of_ones_own_loads_none_of_it(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from das_tui.tui.app import AppOptions, DasApp; "
        "DasApp(AppOptions(store_path=Path(sys.argv[1]))); "
        "print(*(name for name in sys.modules if name.startswith('das_tui.tui.')))"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "history.db")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = {name.removeprefix("das_tui.tui.") for name in done.stdout.split()}
    late = {"keymap", "keydoctor", "keeper", "dressing", "completing"}
    late |= {f"screens.{name}" for name in ("palette", "help", "keys", "settings", "trial")}
    assert "screens.main" in loaded
    assert not loaded & late
