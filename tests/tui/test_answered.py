"""After an answer: suggestions, feedback, and the sessions that only the service knows."""

from pathlib import Path

import pytest

from das_tui.domain.blocks import Notice, Question
from das_tui.domain.session import State
from das_tui.run import remote
from das_tui.run.remote import GONE
from tests.driving import Scene
from tests.run.served import from_web
from tests.tui.served import served
from tests.tui.test_files import finished

REPORT = "Write the weekly report of week 52."


def bodies(scene: Scene) -> list[object]:
    reader = scene.main.reader
    assert reader is not None
    return [reader.transcript.block(i).body for i in range(len(reader.transcript))]


def questions(scene: Scene) -> list[str]:
    return [body.text for body in bodies(scene) if isinstance(body, Question)]


async def suggested(scene: Scene) -> tuple[str, ...]:
    """A finished session with suggestions, and the dock of them."""
    await finished(scene, REPORT)
    await scene.until(lambda: scene.overview.suggestions, "suggestions")
    await scene.keys("r")
    assert scene.main.dock is not None
    assert scene.main.dock.kind == "suggestions"
    return scene.overview.suggestions


# --- suggestions ---------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (40, 15)], ids=str)
async def test_a_digit_asks_a_suggestion_at_once(tmp_path: Path, size: tuple[int, int]) -> None:
    async with served(tmp_path, size=size) as (scene, service):
        found = await suggested(scene)
        assert found[1][:30] in scene.text("menu")
        await scene.keys("2")
        assert scene.main.dock is None
        await scene.until(lambda: questions(scene)[-1] == found[1], "the question")
        await scene.until(lambda: not scene.session.running, "the end")
        sent = service.hub.asked("SendChatMessage")
    assert [one["Message"] for one in sent] == [REPORT, found[1]]


async def test_a_suggestion_can_be_written_first(tmp_path: Path) -> None:
    async with served(tmp_path) as (scene, service):
        found = await suggested(scene)
        await scene.keys("e")
        assert "Write which one below" in scene.text("menu")
        await scene.keys("1")
        editor = scene.main.editor
        assert editor is not None
        assert editor.text == found[0]
        await scene.until(lambda: editor.has_focus, "the composer")
        await scene.type(" Why?")
        await scene.keys("enter")
        await scene.until(lambda: questions(scene)[-1] == f"{found[0]} Why?", "the question")
        assert len(service.hub.asked("SendChatMessage")) == 2


async def test_nothing_is_asked_by_other_keys(tmp_path: Path) -> None:
    async with served(tmp_path) as (scene, service):
        found = await suggested(scene)
        await scene.keys("9", "0", "enter", "y", "n", "A", "space", "i", "x", "j")
        assert scene.main.dock is not None
        await scene.keys("e", "escape")
        assert scene.main.dock is not None
        await scene.keys("escape")
        assert scene.main.dock is None
        assert questions(scene) == [REPORT]
        assert len(found) < 9
        assert len(service.hub.asked("SendChatMessage")) == 1


# --- feedback ------------------------------------------------------------------------------------


async def command(scene: Scene, word: str) -> None:
    await scene.keys("colon")
    await scene.type(word)
    await scene.keys("enter")
    await scene.pilot.pause()


@pytest.mark.parametrize(("word", "value"), [("like", 1), ("dislike", -1)])
async def test_an_answer_is_liked_or_not(tmp_path: Path, word: str, value: int) -> None:
    async with served(tmp_path) as (scene, service):
        await finished(scene)
        await command(scene, word)
        await scene.until(lambda: service.hub.feedback, "the feedback")
        (told,) = service.hub.feedback
        assert (told["LikeValue"], told["TargetType"]) == (value, "CHAT")
        assert told["TargetId"] == str(scene.session.checkpoint)
        await scene.until(
            lambda: any(
                isinstance(body, Notice) and "liked" in body.text for body in bodies(scene)
            ),
            "the notice",
        )


async def test_feedback_is_about_the_turn_under_the_cursor(tmp_path: Path) -> None:
    async with served(tmp_path) as (scene, service):
        await finished(scene)
        first = scene.session.checkpoint
        await scene.keys("i")
        await scene.type("And on Tuesday?")
        await scene.keys("enter")
        await scene.until(
            lambda: len(questions(scene)) == 2 and scene.session.state is State.FINISHED, "the end"
        )
        assert scene.session.checkpoint != first
        await scene.keys("g", "J")
        await command(scene, "like")
        await scene.until(lambda: service.hub.feedback, "the feedback")
        assert service.hub.feedback[0]["TargetId"] == str(first)


async def test_an_issue_is_reported_in_words(tmp_path: Path) -> None:
    async with served(tmp_path) as (scene, service):
        await finished(scene)
        await command(scene, "issue")
        await scene.until(lambda: scene.main.editor is not None, "the composer")
        editor = scene.main.editor
        assert editor is not None
        assert "what is wrong" in str(editor.placeholder)
        await scene.type("The total is wrong.")
        await scene.keys("escape", "i")
        assert editor.text == "", "an unsent report is no draft of a question"
        await scene.keys("escape")
        await command(scene, "issue")
        await scene.until(lambda: editor.text == "The total is wrong.", "the kept report")
        await scene.keys("enter")
        await scene.until(lambda: service.hub.feedback, "the feedback")
        (told,) = service.hub.feedback
        assert told["FeedbackType"] == "ISSUE_REPORT"
        assert told["FeedbackContent"] == "The total is wrong."
        assert len(service.hub.asked("SendChatMessage")) == 1
        await scene.until(lambda: "issue" in str(bodies(scene)[-1]), "the notice")
        await command(scene, "issue")
        assert editor.text == ""


async def test_feedback_needs_an_answer(tmp_path: Path) -> None:
    async with served(tmp_path) as (scene, _):
        await command(scene, "like")
        assert "there is no answer here" in scene.text("status")


@pytest.mark.parametrize("words", ["", "Only the harbour office."])
async def test_a_web_report_is_asked_for(tmp_path: Path, words: str) -> None:
    async with served(tmp_path) as (scene, service):
        await finished(scene)
        await command(scene, "report")
        editor = scene.main.editor
        assert editor is not None
        assert "enter alone leaves it" in str(editor.placeholder)
        await scene.until(lambda: editor.has_focus, "the composer")
        await scene.type(words)
        await scene.keys("enter")
        await scene.until(lambda: len(service.hub.asked("SendChatMessage")) == 2, "the message")
        sent = service.hub.asked("SendChatMessage")[1]
        assert sent["MessageType"] == "report"
        assert ("ReportPrompt" in sent["TaskConfig"]) is bool(words)
        assert words in sent["TaskConfig"]
        assert words in sent["Message"]
        await scene.until(lambda: scene.session.state is State.FINISHED, "the end")
        await scene.keys("i")
        assert editor.text == "", "the wish is no draft of a question"


async def test_a_report_needs_a_session_of_dms(tmp_path: Path) -> None:
    async with served(tmp_path) as (scene, service):
        await command(scene, "report")
        assert "no session to report on" in scene.text("status")
        assert not service.hub.requests


# --- sessions at the service ---------------------------------------------------------------------


def titles(scene: Scene) -> set[str]:
    return {session.title for session in scene.main.desk.sessions.values()}


async def test_sessions_of_the_web_come_page_by_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "PAGE", 2)
    async with served(tmp_path) as (scene, service):
        for number in range(5):
            from_web(service, "", title=f"web {number}")
        for page, count in enumerate((2, 4, 5), 1):
            await scene.keys("B")
            await scene.until(lambda: not scene.main._browsing, "the page")
            assert len(titles(scene)) == count
            assert f"page {page} of 3" in scene.text("status")
            more = {1: "B 2 more pages", 2: "B 1 more page", 3: ""}[page]
            assert more in scene.text("sidebar")
            assert ("more page" in scene.text("sidebar")) is bool(more)
        assert "1 session added" in scene.text("status")
        await scene.keys("B")
        await scene.until(lambda: not scene.main._browsing, "the first page again")
        assert "no session that was not known" in scene.text("status")
        assert titles(scene) == {f"web {number}" for number in range(5)}


async def test_a_session_of_the_web_is_opened_from_its_beginning(tmp_path: Path) -> None:
    async with served(tmp_path) as (scene, service):
        from_web(service)
        await scene.keys("B")
        await scene.until(lambda: titles(scene), "the session")
        await scene.open("Rides on the web")
        await scene.until(lambda: scene.session.state is State.FINISHED, "the transcript")
        assert questions(scene) == ["How many rides on Monday?"]
        assert len(service.hub.asked("SendChatMessage")) == 0


async def test_what_is_gone_says_so(tmp_path: Path) -> None:
    async with served(tmp_path) as (scene, service):
        session = from_web(service)
        await scene.keys("B")
        await scene.until(lambda: titles(scene) and not scene.main._browsing, "the session")
        del service.hub.dms[session.session_id]
        await scene.keys("B")
        await scene.until(lambda: "gone at the service" in scene.text("status"), "the word")
        (row,) = scene.main.desk.sessions.values()
        assert row.detail == GONE


async def test_a_service_that_cannot_be_reached_is_said(tmp_path: Path) -> None:
    async with served(tmp_path) as (scene, service):
        service.close()
        await scene.keys("B")
        await scene.until(lambda: not scene.main._browsing, "the refusal")
        told = scene.main.message + " ".join(scene.main.told)
        assert "refused the connection" in told
        assert "asking" not in scene.text("status")
