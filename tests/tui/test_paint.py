"""Palettes, strips, and the second line of defence."""

import gc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from das_tui.store.store import Store
from das_tui.tui.paint import Barrier, LeanStrip, paint
from das_tui.tui.theme import PALETTES, TOKENS, choose, style, textual_theme
from das_tui.view.rows import Ink, Row
from tests.driving import options, playing

DARK = PALETTES["das-dark"]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(front: str, back: str) -> float:
    high, low = sorted((luminance(front), luminance(back)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", ["das-dark", "das-light"])
def test_what_must_be_read_can_be_read(name: str) -> None:
    palette = PALETTES[name]
    back = palette.colour("bg")
    assert contrast(palette.colour("faint"), back) >= 4.4
    assert contrast(palette.colour("muted"), back) >= 7
    assert contrast(palette.colour("text"), back) >= 12
    assert contrast(palette.colour("fail"), back) >= 5.5


@pytest.mark.parametrize("name", PALETTES)
def test_every_palette_makes_a_theme_and_a_style_for_every_token(name: str) -> None:
    palette = PALETTES[name]
    assert textual_theme(palette).to_color_system().generate()
    for token in TOKENS:
        assert style(palette, Ink(token), "bg") is not None
        assert style(palette, Ink("text", bg=token), "bg") is not None


def test_sixteen_colours_never_use_bright_black_and_keep_text_default() -> None:
    for name in ("das-ansi", "das-ansi-light", "das-mono"):
        for token in TOKENS:
            found = style(PALETTES[name], Ink(token), "bg")
            assert found.color.name != "bright_black"
        assert style(PALETTES[name], Ink("text"), "raised").color.name == "default"


def test_no_color_has_no_hue() -> None:
    for token in TOKENS:
        for back in ("bg", "badge", "accent", "sel", "hit"):
            found = style(PALETTES["das-mono"], Ink(token), back)
            assert found.color.name == "default"
            assert found.bgcolor.name == "default"


@pytest.mark.parametrize(
    ("wanted", "environment", "name"),
    [
        ("", {"COLORTERM": "truecolor"}, "das-dark"),
        ("light", {"COLORTERM": "truecolor"}, "das-light"),
        ("", {"COLORTERM": "truecolor", "COLORFGBG": "0;15"}, "das-light"),
        ("", {"TERM": "xterm-256color"}, "das-256-dark"),
        ("", {"TERM": "linux"}, "das-ansi"),
        ("", {"TERM": "linux", "COLORFGBG": "0;7"}, "das-ansi-light"),
        ("", {"COLORTERM": "truecolor", "NO_COLOR": "1"}, "das-mono"),
        ("das-256-light", {"NO_COLOR": "1"}, "das-256-light"),
    ],
)
def test_the_palette_is_chosen_by_the_terminal(
    wanted: str, environment: dict[str, str], name: str
) -> None:
    assert choose(wanted, environment).name == name


@given(st.text(max_size=60), st.integers(1, 40))
def test_strips_are_exactly_as_wide_as_the_pane(text: str, width: int) -> None:
    safe = "".join(c for c in text if c.isprintable())
    strip = paint(Row(((safe, Ink()),)), width, DARK, "bg")
    assert strip.cell_length == width


def test_the_bar_replaces_column_nought() -> None:
    strip = paint(Row((("  x", Ink()),)), 5, DARK, "bg", bar=("|", Ink("accent")))
    assert strip.text == "| x  "


@pytest.mark.parametrize("bad", ["\x1b]52;c;eA==\x07", "a\x9bm", "\x00", "x\u202ey", "\x7f", "\r"])
def test_the_barrier_lets_nothing_live_through(bad: str) -> None:
    barrier = Barrier()
    out = barrier.apply([Segment(f"ok {bad}", Style(link="http://x/"))], None)
    assert all(c.isprintable() for segment in out for c in segment.text)
    assert all(segment.style.link is None for segment in out)
    assert barrier.leaked > 0


def test_the_barrier_leaves_good_text_alone() -> None:
    barrier = Barrier()
    segments = [Segment("数据库 — ok", Style(bold=True))]
    assert barrier.apply(segments, None) is segments
    assert barrier.leaked == 0


def test_a_painted_row_is_freed_when_nobody_holds_it() -> None:
    strip = paint(Row((("some text", Ink()),)), 40, DARK, "bg")
    assert list(strip.divide([40])) == [strip]
    strip.crop(0, 10)
    gc.collect()
    gc.disable()
    try:
        before = sum(isinstance(found, LeanStrip) for found in gc.get_objects())
        del strip
        assert sum(isinstance(found, LeanStrip) for found in gc.get_objects()) == before - 1
    finally:
        gc.enable()


@given(
    st.lists(st.text(st.sampled_from("ab 表é"), max_size=9), max_size=5),
    st.lists(st.integers(0, 45), max_size=4).map(sorted),
)
def test_a_lean_strip_is_a_strip(texts: list[str], cuts: list[int]) -> None:
    segments = [Segment(text, Style(bold=bool(n % 2))) for n, text in enumerate(texts)]
    lean, plain = LeanStrip(segments), Strip(segments)
    assert lean == plain
    assert lean.cell_length == plain.cell_length
    assert list(lean.divide(cuts)) == list(plain.divide(cuts))
    assert lean.crop(1, 7) == plain.crop(1, 7)
    assert lean.adjust_cell_length(20) == plain.adjust_cell_length(20)
    assert lean.apply_style(Style(italic=True)) == plain.apply_style(Style(italic=True))
    assert lean.simplify() == plain.simplify()
    assert not hasattr(lean, "_no_such_cache")


async def test_the_app_lets_nothing_pass_the_barrier(tmp_path: Path) -> None:
    """Rows that were not cleaned reach a pane; the screen shows none of what would act."""
    Store.open(tmp_path / "history.db").close()
    async with playing(options(None, tmp_path / "history.db")) as scene:
        await scene.until(lambda: scene.main.ready, "the start")
        raw = Row((("seen \x1b[2J\x9b2J\x07 through", Ink()),))
        scene.main._show("status", [(raw, None)])
        await scene.until(lambda: "through" in scene.text(), "the row")
        assert "seen [2J2J through" in scene.text()
        assert scene.app.barrier.leaked >= 3
