"""File names of a service, made fit for a folder."""

import unicodedata
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from das_tui.run.names import LONGEST, free_names, safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.html", "report.html"),
        ("包裹 三月.xlsx", "包裹 三月.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\x.csv", "x.csv"),
        ("/", "file"),
        ("..", "file"),
        ("", "file"),
        (" . ", "file"),
        ("\x1b[31mred\x07.csv", "[31mred.csv"),
        ("a\u202etxt.exe", "atxt.exe"),
        ("two\nlines.csv", "twolines.csv"),
        ("wide\u3000space.csv", "wide space.csv"),
        ("trailing. . ", "trailing"),
        (".bashrc", "bashrc"),
        ("-rf", "_-rf"),
        ("~root", "_~root"),
        ("CON.csv", "_CON.csv"),
        ("nul", "_nul"),
        ("com1.txt", "_com1.txt"),
        ('a<b>:"c|d?*.csv', "a_b___c_d__.csv"),
        ("e\u0301.csv", "\u00e9.csv"),
        ("\ud800.csv", "csv"),
    ],
)
def test_safe_names(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_a_name_without_one_is_the_id() -> None:
    assert safe_name("../", fallback="f-12/3") == "f-123"


def test_long_names_keep_their_extension() -> None:
    assert safe_name("x" * 400 + ".csv") == "x" * (LONGEST - 4) + ".csv"
    assert safe_name("语" * 200 + ".csv").endswith("语.csv")
    assert len(safe_name("a." + "b" * 400).encode()) == LONGEST


@given(st.text(max_size=300))
def test_any_name_is_one_plain_part(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe.encode()) <= LONGEST
    assert Path(safe).name == safe
    assert safe not in {".", ".."}
    assert safe[0] not in "-~."
    assert not any(unicodedata.category(char)[0] == "C" for char in safe)


def test_free_names_pass_over_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    (tmp_path / "a (2).csv").symlink_to(tmp_path / "nowhere")
    (tmp_path / "a (3).csv.part").touch()
    names = [path.name for path in islice(free_names(tmp_path, "a.csv"), 2)]
    assert names == ["a (4).csv", "a (5).csv"]
    assert next(free_names(tmp_path, "plain")).name == "plain"
    (tmp_path / "plain").mkdir()
    assert next(free_names(tmp_path, "plain")).name == "plain (2)"
