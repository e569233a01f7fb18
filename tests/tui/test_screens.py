"""The pictures of the project are those that `python -m tests.screens` makes."""

import re
from pathlib import Path

from tests.screens import FOLDER, SCENES

ROOT = Path(__file__).parents[2]

SHOWN = {
    "three, two and one column": ("main-120", "main-80", "main-40"),
    "a timeline": ("timeline-120", "timeline-40"),
    "a comparison": ("compare-120", "compare-80"),
    "settings": ("settings-120",),
    "the command line": ("command-80",),
    "search and filter": ("search-120", "filter-80"),
    "the statement guard": ("approve-120", "approve-80", "approve-40", "guard-120"),
    "few colours or none, and no signs": ("ansi-120", "nocolor-80", "ascii-80", "light-120"),
}
"""What must be among them."""


def test_each_picture_has_a_scene_and_each_scene_a_picture() -> None:
    assert {path.stem for path in FOLDER.glob("*.svg")} == set(SCENES)
    assert {path.suffix for path in FOLDER.iterdir()} == {".svg"}


def test_a_picture_is_of_the_size_in_its_name() -> None:
    for name, (_, (width, height), _) in SCENES.items():
        assert name.endswith(f"-{width}")
        assert f"{width}x{height}" in (FOLDER / f"{name}.svg").read_text().replace("&#160;", " ")


def test_what_must_be_shown_is() -> None:
    assert {name for names in SHOWN.values() for name in names} <= set(SCENES)


def test_the_readme_links_pictures_that_are_there() -> None:
    linked = re.findall(r"\(screenshots/([^)]+)\.svg\)", (ROOT / "README.md").read_text())
    assert len(set(linked)) >= 12
    assert set(linked) <= set(SCENES)
