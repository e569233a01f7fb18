"""All scenarios: the registry, and which one a question gets."""

import re
from collections.abc import Mapping
from typing import Any

from das_tui.demo.replies import judge, language, quoted
from das_tui.demo.scenarios import bikes, das, das_topics, load, parcels, quick, study, tea
from das_tui.demo.scenarios.parts import Entry, Part, Reply, Talk
from das_tui.demo.script import Piece, Script

PARTS: dict[str, Entry] = {
    **bikes.PARTS,
    **parcels.PARTS,
    **tea.PARTS,
    **quick.PARTS,
    **study.PARTS,
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
    ("study", r"\banaly[sz]e\b|\bin depth\b|deep dive|\bstudy\b|深入分析|全面分析"),
]
_DEEP = frozenset(
    "analysis rebalance weekly routes revenue price_test verbose update failure human study".split()
)
"""What a session of mode ANALYSIS or INSIGHT plays as it is; any other question is studied."""

_SHORT = frozenset("teas read_sql update human failure quick".split())
"""What a session of mode ASK_DATA plays as it is; any other question gets a short answer."""

_ASKS_PLAN = frozenset({"analysis", "rebalance", "study"})
_DAS_WORDS: list[tuple[str, str]] = [
    ("space", r"\bdisk\b|\bspace\b|storage|binlog|磁盘|空间"),
    (
        "thorough",
        r"step by step|in detail|thorough|full diagnosis|逐步|详细|全面|完整",
    ),
    *das_topics.WORDS,
    (
        "diagnosis",
        r"\bcpu\b|slow|high load|97 ?%|latency|time ?out|diagnos|deadlock|为什么.*高|慢|限流.*索"
        r"引|诊断|卡|死锁",
    ),
    ("knowledge", das.GENERAL_QUESTION),
]
DAS_NAMES = (
    "diagnosis", "thorough", "space", "knowledge", "no_instance", "general", *das_topics.NAMES
)  # fmt: skip
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
    text: str,
    *,
    forced: str | None = None,
    rate: float | None = None,
    before: str = "",
    config: Mapping[str, Any] | None = None,
) -> Part:
    """The first part for a question on DMS. `before` is the scenario that the session had so far:
    a question that fits no scenario is then a follow-up. `config` is the `SessionConfig`."""
    if rate is not None:
        return Part("rate", {"rate": rate})
    settings = config or {}
    if forced in DMS_NAMES and not before:
        name = forced
    else:
        name = _match(_DMS_WORDS, text)
        if before and (not name or name == before):
            return Part("quick" if before == "quick" else "follow_up", {"before": before})
        name = _by_mode(name or "quick", settings)
    args: dict[str, Any] = dict(skips(settings))
    if str(settings.get("Mode", "")).upper() == "INSIGHT":
        args |= {"insight": True, "skip_plan": True}
    if settings.get("EnableSearch") is True:
        args["search"] = True
    if name == "study":
        args["asked"] = quoted(text)
    return _without_stops(name, args)


def _by_mode(name: str, config: Mapping[str, Any]) -> str:
    """The scenario that a session of these settings plays in place of `name`."""
    mode = str(config.get("Mode", "")).upper()
    if mode == "ASK_DATA" and name not in _SHORT:
        name = "quick"
    elif mode in {"ANALYSIS", "INSIGHT"} and name not in _DEEP:
        name = "study"
    forced = str(config.get("PlanMode", "")).lower() == "force"
    return "study" if forced and name not in _ASKS_PLAN else name


def _without_stops(name: str, args: dict[str, Any]) -> Part:
    """The first part of a scenario; one whose only stop is to be skipped begins behind it."""
    if name == "rebalance" and args.get("skip_plan"):
        return Part("rebalance.run", {**args, "steps": bikes.NIGHT_STEPS})
    if name == "read_sql" and args.get("skip_sql"):
        return Part("read.run", {**args, "sql": parcels.READ})
    if name == "human" and args.get("skip_human"):
        return Part("human.answer", {**args, "answer": _NOBODY})
    return Part(name, args)


_NOBODY = "nobody was asked; the two stations with most rides, last year"


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
    topic = name in das_topics.NAMES and name != before
    if before and not topic and (not named or name in {"", before, "knowledge"}):
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
    if name in das_topics.NAMES:
        return das_topics.play(name, message, seed, lang)
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
        "skip_human": config.get("SkipAskHuman") is True,
        "skip_report": config.get("SkipWebReportConfirm") is True,
    }
    return {name: True for name, on in wanted.items() if on}
