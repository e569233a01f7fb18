"""The plain messages by which official tools answer an ask of the DMS Data Agent."""

from das_tui.domain.events import AskKind

APPROVE = {
    AskKind.PLAN: "确认执行",
    AskKind.SQL: "确认执行当前SQL",
    AskKind.REPORT: "确认绘制网页报告",
}
APPROVE_ALL_SQL = "同意后续所有SQL执行"
REFUSE = {
    AskKind.PLAN: "不执行这个计划",
    AskKind.SQL: "不执行当前SQL",
    AskKind.REPORT: "不绘制",
}
"""`不绘制` is attested; the other two are plain sentences of ours, never a cancel."""

APPROVALS = frozenset({*APPROVE.values(), "confirm"})
LATER_TOO = frozenset({APPROVE_ALL_SQL})
REFUSALS = frozenset(REFUSE.values())


def message(kind: AskKind, choice: str, text: str) -> str:
    """What to send for `choice` (approve, approve_all, refuse, edit, reply); words given by the
    operator win over the standard ones."""
    if text.strip():
        return text
    if choice == "approve_all":
        return APPROVE_ALL_SQL
    if choice == "approve":
        return APPROVE.get(kind, "confirm")
    if choice == "refuse":
        return REFUSE.get(kind, "no")
    return text
