"""All scenarios: the registry, and which one a question gets."""

import re
from collections.abc import Mapping
from typing import Any

from das_tui.demo.replies import judge, language
from das_tui.demo.scenarios import bikes, das, load, parcels, quick, tea
from das_tui.demo.scenarios.parts import Entry, Part, Reply, Talk
from das_tui.demo.script import Piece, Script

PARTS: dict[str, Entry] = {
    **bikes.PARTS,
    **parcels.PARTS,
    **tea.PARTS,
    **quick.PARTS,
    **load.PARTS,
}

_DMS_WORDS: list[tuple[str, str]] = [
    ("failure", r"payroll|salar(?:y|ies)|\bwages?\b.*sum|no permission|工资|薪"),
    ("verbose", r"every route|all depots|verbose|50,?000|every parcel|late parcels of every"),
    (
        "update",
        r"\b(shift|move|correct|update|fix|set)\b.*\bpromise|north quay.*closed|顺延|改.*承诺",
    ),
    (
        "read_sql",
        r"late (?:parcels|deliver).*(?:march|depot)|most late|depot.*late|晚点.*网点|网点.*晚点",
    ),
    ("rebalance", r"rebalanc|night moves?|night tour|调度"),
    ("weekly", r"weekly|week in|周报"),
    ("routes", r"route.*cost|cost.*route|cost per parcel|路线.*成本|单件成本"),
    ("revenue", r"revenue|turnover|收入|营收"),
    ("teas", r"\bteas?\b.*(?:sell|best|ten|top)|(?:top|best|ten).*\bteas?\b|最受欢迎的茶"),
    ("price_test", r"price test|new prices|价格测试"),
    ("human", r"compare (?:two|the two) stations|ask me|两个站点|问我"),
    (
        "analysis",
        r"empty stations?|find empty|stations? .*\bempty|完整分析|空站|imbalance|full analysis",
    ),
]
_DAS_WORDS: list[tuple[str, str]] = [
    ("space", r"\bdisk\b|\bspace\b|storage|binlog|磁盘|空间"),
    (
        "thorough",
        r"step by step|in detail|thorough|full diagnosis|逐步|详细|全面|完整",
    ),
    (
        "diagnosis",
        r"\bcpu\b|slow|high load|97 ?%|latency|time ?out|diagnos|deadlock|为什么.*高|慢|限流.*索"
        r"引|诊断|卡|死锁",
    ),
    ("knowledge", das.GENERAL_QUESTION),
]
DAS_NAMES = ("diagnosis", "thorough", "space", "knowledge", "no_instance", "general")
DMS_NAMES = (*(name for name, _ in _DMS_WORDS), "quick")
REFUSING = ("forbidden", "throttled")
"""Scenarios that are answered by an HTTP error: 403 for ever, or 429 for the first two tries."""
NAMES = (*DAS_NAMES, *DMS_NAMES, *REFUSING)

_DATABASES = {
    "harbor_bikes": r"harbor|bike|station|rid(?:e|er)s?\b|dock|骑行|站点|单车|码头",
    "parcel_depot": r"parcel|depot|route|van\b|delivery|包裹|网点|路线|快递",
    "tea_house_demo": r"\btea|revenue|shop|payroll|drink|menu|茶|门店|收入",
}


def database_of(text: str, known: str = "") -> str:
    """The database in question: `known` (from the data source) if given, else by the words."""
    if known:
        return known
    lowered = text.lower()
    scores = {name: len(re.findall(words, lowered)) for name, words in _DATABASES.items()}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] else "harbor_bikes"


def _match(words: list[tuple[str, str]], text: str) -> str:
    lowered = text.lower()
    return next((name for name, pattern in words if re.search(pattern, lowered)), "")


def choose_dms(
    text: str, *, forced: str | None = None, rate: float | None = None, before: str = ""
) -> Part:
    """The first part for a question on DMS. `before` is the scenario that the session had so far:
    a question that fits no scenario is then a follow-up."""
    if rate is not None:
        return Part("rate", {"rate": rate})
    if forced in DMS_NAMES and not before:
        return Part(forced)
    name = _match(_DMS_WORDS, text)
    if name and name != before:
        return Part(name)
    if before and before not in {"quick", "rate"}:
        return Part("follow_up", {"before": before})
    return Part("quick")


def choose_das(text: str, *, forced: str | None = None, before: str = "") -> str:
    """The scenario for a question to DAS. An instance whose name says that it is missing fails;
    any other is taken for one of the account."""
    if forced in DAS_NAMES and not before:
        return forced
    named = re.search(r"\b(?:rm|pc)-[a-z0-9]{4,}\b", text)
    if named and re.search("missing|unknown", named.group(0)):
        return "no_instance"
    if not named and not before and re.search(das.GENERAL_QUESTION, text.lower()):
        return "knowledge"
    name = _match(_DAS_WORDS, text)
    if not named and not before and re.fullmatch(das.BARE_TOPIC, text.lower()):
        return "knowledge"
    if before and (not named or name in {"", before, "knowledge"}):
        return f"follow:{before.removeprefix('follow:')}"
    return name or "general"


def after(part: Part, message: str) -> Part:
    """The part that follows when `message` answers the ask of `part`."""
    follow = PARTS[part.name].follow
    if follow is None:
        raise ValueError(f"{part.name} asks nothing")
    return follow(part.args, Reply(judge(message), message))


def play_dms(part: Part, message: str, seed: int, database: str, lang: str = "") -> Script:
    """The script of a part."""
    talk = Talk(message, lang or language(message), seed, database, part.args)
    return PARTS[part.name].play(talk)


def play_das(name: str, message: str, seed: int) -> list[Piece]:
    """The pieces of an answer of DAS."""
    lang = language(message)
    if name.startswith("follow:"):
        return das.follow_up(message, seed, lang, name.removeprefix("follow:"))
    if name == "thorough":
        return das.diagnosis(message, seed, lang, thorough=True)
    return {
        "diagnosis": das.diagnosis,
        "space": das.space,
        "knowledge": das.knowledge,
        "no_instance": das.no_instance,
    }.get(name, das.general)(message, seed, lang)


def family(part: str) -> str:
    """The scenario to which a part belongs."""
    return {"read.run": "read_sql", "read.refused": "read_sql", "read.again": "read_sql"}.get(
        part, part.split(".", 1)[0]
    )


def skips(config: Mapping[str, Any]) -> dict[str, bool]:
    """Arguments of a part from the keys of `SessionConfig` that avoid stops."""
    wanted = {
        "skip_plan": config.get("SkipPlan") is True
        or str(config.get("PlanMode", "")).lower() == "disable",
        "skip_sql": config.get("SkipSqlConfirm") is True,
        "skip_report": config.get("SkipWebReportConfirm") is True,
    }
    return {name: True for name, on in wanted.items() if on}
