"""What a human's words mean: language, approval, refusal, a changed statement."""

import re
from enum import StrEnum


class Verdict(StrEnum):
    """How a message answers the question that the agent asked."""

    APPROVE = "approve"
    APPROVE_ALL = "approve_all"
    REFUSE = "refuse"
    STATEMENT = "statement"
    WORDS = "words"


_APPROVALS = frozenset(
    """确认执行 确认执行当前sql 确认绘制网页报告 确认绘制 确认 同意 执行 可以 好 好的 是 是的 没问题
    confirm confirmed yes y ok okay approve approved agreed go run execute sure continue proceed
    """.split()
)
_APPROVAL_PHRASES = (
    "go ahead",
    "run it",
    "do it",
    "draw it",
    "looks good",
    "yes ",
    "yes,",
    "确认",
    "同意",
)
_ALL = ("同意后续所有sql执行", "approve all", "all later", "后续所有")
_REFUSALS = re.compile(
    r"\b(no|not|nope|never|don'?t|stop|refuse[ds]?|reject(?:ed)?|decline[ds]?|cancel|abort|skip|"
    r"without|leave it|wrong)\b|不|别|勿|拒绝|取消|停止|算了|先等",
    re.IGNORECASE,
)
_STATEMENT = re.compile(
    r"^\s*(?:```sql\s*)?(select|with|update|insert|delete|replace|alter|create|drop|explain)\b[\s\S]+",
    re.IGNORECASE,
)
_WIDE = re.compile(r"[\u3400-\u9fff]")


def language(text: str) -> str:
    """`zh` for a text with Chinese characters, else `en`."""
    return "zh" if _WIDE.search(text) else "en"


def judge(text: str) -> Verdict:
    """The meaning of a reply to any question of the agent.

    A refusal that goes on (`no, drop the weather step`) is still a refusal; what it adds is read
    by the scenario.
    """
    words = " ".join(text.split()).strip(" .!。！").lower()
    if any(phrase in words for phrase in _ALL):
        return Verdict.APPROVE_ALL
    if words in _APPROVALS:
        return Verdict.APPROVE
    if _STATEMENT.match(text):
        return Verdict.STATEMENT
    if _REFUSALS.search(words):
        return Verdict.REFUSE
    if words.startswith(_APPROVAL_PHRASES) and len(words) < 40:
        return Verdict.APPROVE
    return Verdict.WORDS


def quoted(text: str, limit: int = 120) -> str:
    """The question on one line, cut to `limit` characters, for quoting in an answer."""
    line = " ".join(text.split()).replace("`", "'")
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
