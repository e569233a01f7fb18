"""Feedback and reports: told to the service once, kept in the transcript."""

import json
from collections.abc import Awaitable, Callable

import pytest

from das_tui.domain.events import NoticeNoted, QuestionAsked
from das_tui.domain.session import Session, State
from das_tui.domain.setup import SessionSetup
from das_tui.run.errors import NotPossible, ReadOnly
from das_tui.run.messages import REPORT_WORDS, REPORT_WORDS_ENGLISH
from das_tui.run.supervisor import Supervisor
from das_tui.wire.errors import LineBroken
from tests.run.conftest import Bench
from tests.run.scripted_service import FINISH, Reply, Service, dms
from tests.run.served import serving

Finished = Callable[[Supervisor, str], Awaitable[Session]]


def notices(bench: Bench, key: str) -> list[str]:
    return [event.text for event in bench.events(key) if isinstance(event, NoticeNoted)]


async def test_likes_and_issues_reach_the_service(bench: Bench, finished: Finished) -> None:
    with serving() as service:
        supervisor = bench.start(service.url, dms_unit="cn-unit")
        key = await supervisor.ask("How many rides?", service="dms")
        row = await finished(supervisor, key)
        await supervisor.feedback.give(key, "like")
        await supervisor.feedback.give(key, "dislike", "wrong day", checkpoint=3)
        await supervisor.feedback.give(key, "issue", "the chart is empty")
        like, dislike, issue = service.hub.asked("CreateDataAgentFeedback")
    assert (like["FeedbackType"], like["TargetType"], like["LikeValue"]) == ("LIKE", "CHAT", "1")
    assert (like["TargetId"], like["DMSUnit"]) == (str(row.checkpoint), "cn-unit")
    assert (dislike["FeedbackType"], dislike["LikeValue"]) == ("DISLIKE", "-1")
    assert (dislike["TargetId"], dislike["FeedbackContent"]) == ("3", "wrong day")
    assert (issue["FeedbackType"], issue["TargetType"]) == ("ISSUE_REPORT", "SESSION")
    assert issue["FeedbackContent"] == "the chart is empty"
    assert notices(bench, key) == [
        "you liked this answer",
        "you disliked this answer: wrong day",
        "you reported an issue: the chart is empty",
    ]
    assert supervisor.session(key).state is State.FINISHED


async def test_no_feedback_before_the_service_has_a_session(bench: Bench) -> None:
    with serving(speed=1.0) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("How many rides?", service="dms")
        with pytest.raises(NotPossible):
            await supervisor.feedback.give(key, "like")


@pytest.mark.parametrize(("kind", "text"), [("issue", " "), ("love", "")])
async def test_feedback_that_says_nothing(
    bench: Bench, finished: Finished, kind: str, text: str
) -> None:
    with serving() as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("How many rides?", service="dms")
        await finished(supervisor, key)
        with pytest.raises(NotPossible):
            await supervisor.feedback.give(key, kind, text)
        supervisor = await bench.again(service.url, read_only=True)
        with pytest.raises(ReadOnly):
            await supervisor.feedback.give(key, "like")
        assert not service.hub.feedback


async def test_feedback_is_sent_once(bench: Bench, finished: Finished) -> None:
    async with Service(
        GetChatContent=[Reply(dms("chat_finish", "chat", checkpoint=1).raw + FINISH.raw)],
        CreateDataAgentFeedback=lambda call: Reply(end="drop"),
    ) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.attach("sess_1", "ag-1", 0)
        await finished(supervisor, key)
        with pytest.raises(LineBroken):
            await supervisor.feedback.give(key, "like")
        assert len(service.asked("CreateDataAgentFeedback")) == 1
    assert notices(bench, key) == []


# --- reports -------------------------------------------------------------------------------------


async def test_a_report_is_asked_for(bench: Bench, finished: Finished) -> None:
    with serving(files_after=0.0) as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("How many rides?", service="dms")
        await finished(supervisor, key)
        await supervisor.report(key, "For the harbour office", "journal")
        row = await finished(supervisor, key)
        first, second = service.hub.asked("SendChatMessage")
        files = await supervisor.files.list(key)
    assert first["MessageType"] == "primary"
    assert (second["MessageType"], second["Message"]) == ("report", "For the harbour office")
    assert json.loads(second["TaskConfig"]) == {
        "ReportConfig": {
            "ReportPrompt": "For the harbour office",
            "ReportTheme": "journal",
            "ReportType": "WebReport",
        }
    }
    assert "SessionConfig" not in second
    assert row.state is State.FINISHED
    assert [event.text for event in bench.events(key) if isinstance(event, QuestionAsked)] == [
        "How many rides?",
        "For the harbour office",
    ]
    assert "WebReport" in {file.category for file in files}


@pytest.mark.parametrize(
    ("language", "words"), [("", REPORT_WORDS), ("ENGLISH", REPORT_WORDS_ENGLISH)]
)
async def test_a_report_without_words(
    bench: Bench, finished: Finished, language: str, words: str
) -> None:
    with serving() as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask(
            "How many rides?", service="dms", setup=SessionSetup(language=language)
        )
        await finished(supervisor, key)
        await supervisor.report(key)
        await finished(supervisor, key)
        sent = service.hub.asked("SendChatMessage")[-1]
    assert sent["Message"] == words
    assert json.loads(sent["TaskConfig"]) == {"ReportConfig": {"ReportType": "WebReport"}}


async def test_no_report_of_das(bench: Bench, finished: Finished) -> None:
    with serving() as service:
        supervisor = bench.start(service.url)
        key = await supervisor.ask("why is it slow?", service="das")
        await finished(supervisor, key)
        with pytest.raises(NotPossible):
            await supervisor.report(key)
        assert bench.facts(key)[0] == "question_asked"
        await supervisor.ask("and now?", service="das", key=key)
