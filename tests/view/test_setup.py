"""How a session is set up, in words."""

import pytest

from das_tui.domain.setup import SessionSetup, parse_param, parse_source
from das_tui.view import setup
from das_tui.view.rows import ATTN
from das_tui.view.wrap import span_cells

FULL = SessionSetup(
    mode="ANALYSIS",
    language="ENGLISH",
    search=False,
    custom_agent="ca-demo1",
    workspace="ws-1",
    plan_mode="force",
    skip=("plan", "sql", "report"),
    sources=(parse_source("rides"), parse_source("db=orders,instance=7")),
    params=(parse_param("Create.DatabaseId=7"),),
)


def said(given: SessionSetup, room: int = 400, **more: object) -> str:
    return "".join(text for text, _ in setup.words(given, room, **more))  # type: ignore[arg-type]


def test_everything_that_is_set_is_said() -> None:
    assert said(FULL, names={"ca-demo1": "Fleet analyst"}) == "   ".join(
        [
            "sql unasked",
            "ANALYSIS",
            "rides",
            "1 more source",
            "plan forced",
            "2 skips",
            "Fleet analyst",
            "english",
            "no web search",
            "workspace ws-1",
            "1 parameter",
        ]
    )
    assert said(SessionSetup()) == ""
    assert said(SessionSetup(skip=("human",), plan_mode="lite")) == "plan lite   no questions"


def test_statements_that_run_unasked_want_attention_first() -> None:
    text, ink = setup.facts(FULL)[0]
    assert (text, ink) == ("sql unasked", ATTN)
    assert all(other != ATTN for _, other in setup.facts(FULL)[1:])


@pytest.mark.parametrize("room", [0, 5, 12, 20, 40, 80])
def test_what_does_not_fit_is_counted(room: int) -> None:
    spans = setup.words(FULL, room)
    assert span_cells(spans) <= room
    if room >= 20:
        assert spans[-1][0].startswith("+")


@pytest.mark.parametrize(
    "text",
    [
        'SessionConfig.KbUuidList=["a", "b"]',
        "SessionConfig.CustomAgentStage=debug",
        "SessionConfig.EncryptType=true",
        'SessionConfig.ReportPageWidth="12"',
        "SessionConfig.EncryptKey=env:KEY",
        "TaskConfig.ReportConfig.ReportTheme=journal",
        "SessionConfig.PermissionConfig.DefaultAction=deny",
        "Create.ClientToken=17",
        "Send.QuotedMessage=a = b",
        "Chat.ForwardedProps={}",
    ],
)
def test_parameters_are_written_as_they_are_read(text: str) -> None:
    assert setup.param_text(*parse_param(text)) == text


def test_hostile_values_are_cut_and_shown_as_text() -> None:
    ((text, _),) = setup.facts(SessionSetup(mode="A\x1b]0;x\x07" + "y" * 300))
    assert "\x1b" not in text
    assert len(text) < 40
