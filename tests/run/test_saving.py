"""Files of the operator's own: names, drafts, and what a disk may do."""

import os
import stat
from pathlib import Path

import pytest

from das_tui.run import saving
from das_tui.run.errors import NotSaved


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Weekly report", "Weekly-report-turn.md"),
        ("Revenue 24/25", "Revenue-24-25-turn.md"),
        ("../../etc/passwd", "etc-passwd-turn.md"),
        ("晚点包裹 三月", "晚点包裹-三月-turn.md"),
        ("-rf ~ $(x) \x1b[2J", "rf-~-$(x)-[2J-turn.md"),
        ("", "session-turn.md"),
        ("x" * 200, "x" * 48 + "-turn.md"),
    ],
)
def test_proposed_names_stay_in_the_folder(title: str, name: str) -> None:
    assert saving.proposed(title, "turn", "md") == name


def test_a_draft_is_for_its_owner_and_goes_away(tmp_path: Path) -> None:
    with saving.scratch("why?\n", "question.md", {"XDG_RUNTIME_DIR": str(tmp_path)}) as path:
        assert path.parent.parent == tmp_path
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        (path.parent / "question.md~").write_text("a copy of the editor")
        path.write_bytes(b"why not?\r\nsay\n")
        assert saving.taken_back(path, "why?") == "why not?\nsay"
        assert saving.taken_back(path, "why?\n") == "why not?\nsay\n"
    assert os.listdir(tmp_path) == []


def test_a_draft_goes_away_when_its_editor_fails(tmp_path: Path) -> None:
    with (
        pytest.raises(OSError, match="broken"),
        saving.scratch("why?", "question.md", {"XDG_RUNTIME_DIR": str(tmp_path)}),
    ):
        raise OSError("broken")
    assert os.listdir(tmp_path) == []


def test_too_large_a_draft_is_not_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "draft"
    path.write_bytes(b"x" * (saving.LARGEST_DRAFT + 1))
    with pytest.raises(OSError, match="too large"):
        saving.taken_back(path, "")


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "a.md").symlink_to(tmp_path / "mine")
    (tmp_path / "b.md").symlink_to(tmp_path / "nowhere")
    for name in ("a.md", "b.md"):
        with pytest.raises(saving.Exists):
            saving.save(str(tmp_path / name), ["x"])
        with pytest.raises(NotSaved, match="no ordinary file"):
            saving.save(str(tmp_path / name), ["x"], replace=True)
    assert (tmp_path / "mine").read_text() == "mine"
    assert sorted(os.listdir(tmp_path)) == ["a.md", "b.md", "mine"]


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_comes_meanwhile_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    """The name is taken only when all is written, and only if it is still free."""
    path = tmp_path / "a.md"

    def content() -> object:
        yield "x"
        path.write_text("of another")

    def refuse(*_: object) -> None:
        raise PermissionError(1, "no links here")

    if not links:
        monkeypatch.setattr("das_tui.run.saving.os.link", refuse)
    with pytest.raises(saving.Exists):
        saving.save(str(path), content())  # type: ignore[arg-type]
    assert path.read_text() == "of another"
    path.unlink()
    assert saving.save(str(path), ["a", "ü"]) == (path, 3)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["a.md"]
