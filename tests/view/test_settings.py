"""The menu of settings as rows."""

import pytest

from das_tui.view.glyphs import ASCII, UTF8
from das_tui.view.settings import Setting, menu

SETTINGS = [
    Setting(f"setting {number}", f"value {number}", f"what {number} means. " * 8, "more")
    for number in range(10)
]


@pytest.mark.parametrize("width", [23, 38, 61, 90])
@pytest.mark.parametrize("height", range(3, 20))
@pytest.mark.parametrize("cursor", [-1, 0, 4, 9, 50])
def test_the_chosen_one_is_always_in_sight(width: int, height: int, cursor: int) -> None:
    place = "/home/somebody/.config/das-tui/settings.toml"
    view = menu(SETTINGS, width, height, cursor=cursor, place=place)
    assert len(view.rows) <= height
    assert all(row.width <= width for row in view.rows)
    chosen = [row.text for row in view.rows if row.fill == "sel"]
    assert len(chosen) == 1
    assert f"setting {max(0, min(9, cursor))}"[:9] in chosen[0]
    assert "Settings" in view.rows[0].text + view.rows[1].text


def test_trouble_takes_the_place_of_the_note() -> None:
    texts = [row.text for row in menu(SETTINGS, 80, 16, cursor=0, place="p", trouble="No.").rows]
    assert "   No." in texts
    assert not any("means" in text for text in texts)


def test_rows_out_of_sight_are_told() -> None:
    def title(height: int, trouble: str = "") -> str:
        view = menu(SETTINGS, 80, height, cursor=3, place="/p/settings.toml", trouble=trouble)
        return next(row.text for row in view.rows if "Settings" in row.text)

    assert "4 of 10" in title(8)
    assert " of " not in title(20)
    assert title(20).endswith("kept in /p/settings.toml")
    assert title(20, "It cannot be written.").endswith(" not kept in /p/settings.toml")


def test_what_does_not_fit_is_cut_visibly() -> None:
    place = "/a/very/long/folder/das-tui/settings.toml"
    rows = menu(SETTINGS, 54, 10, cursor=0, place=place, glyphs=ASCII).rows
    assert rows[0].text.endswith("s.toml")
    assert "~" in rows[0].text
    assert rows[-1].text.endswith("~")


def test_only_what_can_be_turned_has_arrows() -> None:
    still = SETTINGS[0]._replace(moves=False)
    for setting, arrows in ((SETTINGS[0], True), (still, False)):
        (row,) = [r for r in menu([setting], 80, 9, cursor=0, place="").rows if r.fill == "sel"]
        assert (UTF8.left in row.text) is arrows


def test_foreign_text_is_cleaned() -> None:
    hostile = Setting("name", "va\x1b[31mlue", "no\u202ete\x07", "mo\nre")
    for row in menu([hostile], 80, 9, cursor=0, place="\x1b]0;x\x07").rows:
        assert row.text.isprintable()
