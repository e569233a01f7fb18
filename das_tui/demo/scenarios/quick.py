"""Short answers of the DMS agent: any other question, follow-ups, a question back, the report."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from das_tui.demo.replies import quoted
from das_tui.demo.scenarios.parts import Entry, Part, Reply, Talk
from das_tui.demo.script import DmsBuilder, Script, Table, markdown, table


class House(NamedTuple):
    """What the agent knows of a database for a short answer."""

    tables: dict[str, str]
    sql: str
    found: Table
    en: str
    zh: str
    questions: tuple[str, str]
    questions_zh: tuple[str, str]


HOUSES = {
    "harbor_bikes": House(
        {"rides": "One row per ride.", "stations": "212 stations.", "bikes": "3,480 bikes."},
        "SELECT s.name, COUNT(*) AS rides\nFROM rides r JOIN stations s ON s.id = "
        "r.start_station_id\n"
        "WHERE r.started_at >= '2025-12-01'\nGROUP BY s.name ORDER BY rides DESC LIMIT 4;",
        table(
            "name=Station, rides=Rides",
            ["Central Pier", 4120],
            ["Hilltop Library", 3877],
            ["Lighthouse Gate", 3402],
            ["东门码头", 3118],
        ),
        "In December most rides began at **Central Pier** (4,120). The hill stations follow, "
        "and they "
        "are the ones that run empty before 09:00.",
        "12 月从 **Central Pier** 出发的骑行最多（4,120 次）。山上的站点紧随其后，它们在 09:00 "
        "之前就没有车了。",
        ("Why do riders find empty stations?", "Plan the night moves of the vans"),
        ("为什么骑行者会遇到空站？请做完整分析", "东门码头晚上为什么没有车？"),
    ),
    "parcel_depot": House(
        {"parcels": "48 million parcels.", "depots": "38 depots.", "routes": "412 routes."},
        "SELECT d.name, SUM(m.parcels) AS parcels, SUM(m.late) AS late\n"
        "FROM depot_month m JOIN depots d ON d.id = m.depot_id\n"
        "WHERE m.month = '2025-12'\nGROUP BY d.name ORDER BY parcels DESC LIMIT 4;",
        table(
            "name=Depot, parcels=Parcels, late=Late",
            ["Old Airport", 141202, 8106],
            ["Harbour East", 133871, 10240],
            ["Mill Lane", 120455, 9011],
            ["South Gate", 98110, 5902],
        ),
        "**Old Airport** handled the most parcels in December (141,202) with 5.7 % late; "
        "Harbour East "
        "had 7.6 % late.",
        "12 月 **Old Airport** 处理的包裹最多（141,202 件），晚点率 5.7 %；Harbour East 为 7.6 %。",
        ("Which depot had the most late parcels in March?", "What do routes cost per parcel?"),
        ("三月哪个网点晚点最多？", "每条路线的单件成本是多少？"),
    ),
    "tea_house_demo": House(
        {"orders": "148,902 orders.", "order_items": "Drinks and food.", "shops": "7 shops."},
        "SELECT s.name, SUM(o.total) AS revenue\nFROM orders o JOIN shops s ON s.id = o.shop_id\n"
        "WHERE o.paid_at >= '2025-12-01' AND o.paid_at < '2026-01-01'\n"
        "GROUP BY s.name ORDER BY revenue DESC LIMIT 4;",
        table(
            "name=Shop, revenue=Revenue",
            ["Lagoon Walk", 21804],
            ["Old Market", 18220],
            ["Station Hall", 16911],
            ["竹里 Zhuli", 14302],
        ),
        "**Lagoon Walk**, open since July, earned most in December (21,804), a little less than a "
        "quarter of all shops together.",
        "七月开业的 **Lagoon Walk** 十二月收入最高（21,804），接近全部门店的四分之一。",
        ("Compare revenue of 2024 and 2025", "The ten teas that sell best"),
        ("比较 2024 和 2025 年的收入", "最受欢迎的茶有哪些？"),
    ),
}


def quick(talk: Talk) -> Script:
    """Any question: one statement and a short answer that quotes it and says that it is only the
    nearest there is. What would destroy data, or is a matter of the instance, is told so and
    nothing runs."""
    lowered = talk.message.lower()
    if re.search(_DESTRUCTIVE, lowered):
        return _declined(talk, *_KEPT)
    if re.search(_INSTANCE_MATTER, lowered):
        return _declined(talk, *_ELSEWHERE)
    house = HOUSES.get(talk.database, HOUSES["harbor_bikes"])
    if re.search(_GREETING, lowered):
        return _greeted(talk, house)
    if re.search(_TABLES, lowered):
        return _tables(talk, house)
    asked = quoted(talk.message)
    builder = DmsBuilder(talk.seed, talk.message)
    builder.status("SQL_GENERATION")
    name_files(builder, talk)
    if talk.lang == "zh":
        builder.think(f"先确认 {talk.database} 里有哪些表可以回答这个问题，再用一条语句取数。")
    else:
        builder.think(
            f"Look which tables of {talk.database} can answer this, then one statement.",
            quick=False,
        )
    builder.tables_read(**house.tables)
    builder.status("SQL_EXECUTION")
    title = "最近一个月" if talk.lang == "zh" else "The last month"
    builder.cell(title, house.sql, house.found, 1.4)
    if talk.lang == "zh":
        builder.say(
            f"您的问题：“{asked}”\n\n对这个问题我没有现成的分析，下面不是它的答案，"
            f"而是 `{talk.database}` 中最接近的数据（最近一个月）：\n\n"
            f"{markdown(house.found)}\n\n{house.zh}\n\n下面是我可以完整分析的问题。"
        )
        builder.questions(*house.questions_zh)
    else:
        builder.say(
            f"You asked: “{asked}”\n\nI have no analysis made for that, and what follows is not "
            f"its answer: it is the nearest that `{talk.database}` holds, for the last month.\n\n"
            f"{markdown(house.found)}\n\n{house.en}\n\nThe questions below I can analyse in full."
        )
        builder.questions(*house.questions)
    return builder.finish()


def name_files(builder: DmsBuilder, talk: Talk) -> None:
    """Say which files came with the question."""
    given = "; ".join(str(name) for name in talk.args.get("files", []))
    if given:
        builder.say(
            f"我收到了文件：{given}。" if talk.lang == "zh" else f"I have your files: {given}."
        )


_GREETING = (
    r"^\s*(?:hello|hi|hey|help|who are you|what can (?:you|i) (?:do|ask)|你好|您好|帮助|你能做什么)"
    r"[?!.？。！\s]*$"
)
_TABLES = r"\b(?:which|what|list|show)\b.*\b(?:tables?|schema|columns?)\b|表结构|哪些表|有什么表"


def _greeted(talk: Talk, house: House) -> Script:
    """What can be asked here."""
    builder = DmsBuilder(talk.seed, talk.message)
    builder.status("ANSWERING")
    chinese = talk.lang == "zh"
    questions = house.questions_zh if chinese else house.questions
    listed = "".join(f"- {question}\n" for question in questions)
    builder.think(
        "用户还没有提出问题，先说明可以做什么。"
        if chinese
        else "Nothing is asked yet. Say what can be asked, and of which database."
    )
    if chinese:
        builder.say(
            f"您好！我分析 `{talk.database}` 中的数据：先计划，确认后取数，最后给出结论。\n\n"
            f"{listed}"
        )
    else:
        builder.say(
            f"Hello! I analyse what `{talk.database}` holds: I plan, read after your approval, "
            f"and conclude.\n\n{listed}"
        )
    builder.questions(*questions)
    return builder.finish()


def _tables(talk: Talk, house: House) -> Script:
    """What there is to ask about."""
    builder = DmsBuilder(talk.seed, talk.message)
    builder.status("SQL_EXECUTION")
    found = table("name=Table, comment=Comment", *(list(row) for row in house.tables.items()))
    builder.cell(
        "Tables",
        "SELECT table_name, table_comment FROM information_schema.tables\n"
        f"WHERE table_schema = '{talk.database}';",
        found,
        0.4,
    )
    lead = "可以分析的表" if talk.lang == "zh" else "These tables can be analysed"
    builder.say(f"{lead} (`{talk.database}`):\n\n{markdown(found)}\n")
    builder.questions(*(house.questions_zh if talk.lang == "zh" else house.questions))
    return builder.finish()


_DESTRUCTIVE = r"\b(?:delete|drop|truncate|purge|wipe|remove)\b|删除|清空"
_INSTANCE_MATTER = r"\bcpu\b|deadlock|\bdisk\b|memory|slow (?:quer|sql)|replication|\b(?:rm|pc)-"
_KEPT = (
    "Nothing was deleted, and nothing ran. With the rights of this session rows can be read and "
    "corrected one statement at a time, each after an approval; removing data takes a ticket of "
    "the owner of the table.\n\nWhat can be done here is to count what would be concerned. Name "
    "the table and the condition and I prepare the count.",
    "没有执行任何语句，也没有删除数据。本会话只能读取，或在确认后逐条修改；删除数据需要表负责人的工单。"
    "\n\n可以先统计会受影响的行数，请告诉我表名和条件。",
)
_ELSEWHERE = (
    "This is a matter of the instance and not of its data: load, locks, disk and replication are "
    "looked at by the DAS agent. Ask it with the instance id in the question and it reads the "
    "metrics of the last hour.\n\nHere I can say what the tables hold and how that changed.",
    "这是实例层面的问题，负载、锁、磁盘和复制请向 DAS 智能体提问，并在问题中写明实例 ID。"
    "\n\n在这里我可以分析表中的数据及其变化。",
)


def _declined(talk: Talk, english: str, chinese: str) -> Script:
    """Words instead of a statement."""
    builder = DmsBuilder(talk.seed, talk.message)
    builder.status("PLANNING")
    asked = quoted(talk.message)
    if talk.lang == "zh":
        builder.think("先判断这个问题是否可以在这里执行。")
        builder.say(f"您的问题：“{asked}”\n\n{chinese}")
    else:
        builder.think("First whether this can be done here at all, before any statement is made.")
        builder.say(f"You asked: “{asked}”\n\n{english}")
    return builder.finish()


_RECAPS = {
    "analysis": (
        "For 60 bikes three vans of 22 places are enough, one tour each between 04:40 and 06:30.",
        "搬运 60 辆车需要三辆 22 位的货车，04:40 至 06:30 各跑一趟即可。",
    ),
    "rebalance": (
        "If one van is out, V1 takes the tour of V3 as well and is back at 06:55, still before "
        "the peak.",
        "如果少一辆车，V1 可以兼跑 V3 的路线，06:55 返回，仍在早高峰之前。",
    ),
    "weekly": (
        "The weekend is lower because six of ten riders are commuters; it was so in every week "
        "of 2025.",
        "周末较低是因为十分之六的骑行者是通勤者，2025 年每周都是如此。",
    ),
    "update": (
        "North Quay is the only depot concerned; the promises of all others were right in March.",
        "只涉及 North Quay，其他网点三月的承诺时间都正确。",
    ),
    "read_sql": (
        "By weekday, Mondays are worst: 9.1 % late against 6.4 % on the other days.",
        "按星期看，周一最差：晚点 9.1 %，其他日子为 6.4 %。",
    ),
    "routes": (
        "Three lockers cost about 99,000 EUR with installation; at 24,751 EUR a month they pay "
        "in four.",
        "三组智能柜约 99,000 欧元（含安装），每月节省 24,751 欧元，四个月收回。",
    ),
    "verbose": (
        "Evening routes are late twice as often because their vans start with what the morning "
        "left.",
        "晚间路线的晚点率是早间的两倍，因为货车要先送完早间剩下的包裹。",
    ),
    "revenue": (
        "The two new shops cost 31,900 in rent and wages from July to December and brought 66,500.",
        "两家新店七到十二月的租金与工资共 31,900，收入 66,500。",
    ),
    "teas": (
        "龙井 Longjing earns most per cup, 6.60, of which 4.10 is left after the leaves.",
        "每杯最贵的是龙井，6.60 元，除去茶叶还剩 4.10 元。",
    ),
}


def follow_up(talk: Talk) -> Script:
    """A short answer in the context of what the session was about."""
    known = _RECAPS.get(str(talk.args.get("before", "")))
    if known is None:
        return quick(talk)
    en, zh = known
    asked = quoted(talk.message)
    builder = DmsBuilder(talk.seed, talk.message)
    builder.status("ANSWERING")
    if talk.lang == "zh":
        builder.think("这个问题可以用前面的结果回答，不需要再执行语句。")
        builder.say(f"关于“{asked}”：\n\n{zh}\n\n依据是本会话前面的结果，没有再执行语句。")
        builder.questions("把结果导出", "换成最近一周")
    else:
        builder.think("What was found before answers this; no statement is needed.")
        builder.say(
            f"On “{asked}”:\n\n{en}\n\nThis rests on what this session found; nothing ran again."
        )
        builder.questions("Export the result", "The same for last week")
    return builder.finish()


def human(talk: Talk) -> Script:
    """Asks the human for what is missing."""
    builder = DmsBuilder(talk.seed, talk.message)
    builder.status("PLANNING")
    if talk.lang == "zh":
        builder.think("要比较两个对象，但问题没有说是哪两个，也没有说时间。先问清楚。")
        builder.say("在查询之前我需要知道比较的对象。")
        return builder.ask_human("请问比较哪两个站点，以及哪段时间？")
    builder.think(
        "Two things are to be compared, but neither they nor the time are named. Ask first."
    )
    builder.say("Before I read anything I need to know what to compare.")
    return builder.ask_human("Which two stations, and for which time?")


def _follow_human(args: Mapping[str, Any], reply: Reply) -> Part:
    return Part("human.answer", {**args, "answer": reply.text})


def _answer(talk: Talk) -> Script:
    asked = quoted(str(talk.args.get("answer", talk.message)))
    found = table(
        "m=Measure, a=Hilltop Library, b=Old Mill",
        ["Rides", 46210, 30118],
        ["Empty hours", 1011, 604],
        ["Docks", 30, 22],
    )
    builder = DmsBuilder(talk.seed, talk.message, "PLANNING")
    builder.status("SQL_EXECUTION")
    sql = (
        "SELECT s.name, SUM(f.dep) AS rides, SUM(f.bikes_min = 0) AS empty_hours, s.docks\n"
        "FROM stations s JOIN hourly_flow f ON f.station_id = s.id\n"
        "WHERE s.name IN ('Hilltop Library', 'Old Mill') GROUP BY s.id;"
    )
    builder.cell("Two stations", sql, found, 1.7)
    if talk.lang == "zh":
        builder.say(
            f"按您的回答“{asked}”：\n\n{markdown(found)}\n\n两站都在山上，Hilltop Library 更常没"
            "有车。"
        )
    else:
        builder.say(
            f"By your answer “{asked}”:\n\n{markdown(found)}\n\nBoth lie on the hill; Hilltop "
            "Library is "
            "empty more often, with more docks."
        )
    return builder.finish()


def report(talk: Talk) -> Script:
    """`MessageType=report`: a web report of what the session found."""
    builder = DmsBuilder(talk.seed, talk.message)
    builder.status("REPORT_RENDER")
    builder.say(
        "I draw a web report of what this session found: the question, the answer, the "
        "statements that "
        "ran, and their tables."
    )
    if prompt := str(talk.args.get("report_prompt", "")):
        builder.say(f"You asked for: “{quoted(prompt)}”")
    if theme := str(talk.args.get("report_theme", "")):
        builder.note(status="theme", message=theme)
    for share, what in ((25, "layout"), (60, "charts"), (90, "text")):
        builder.wait(6.0)
        builder.note(status=f"{share} %", message=what)
    builder.wait(8.0)
    title = talk.database.replace("_", " ").capitalize()
    builder.report(title, f"{title}: report of this session", f"{talk.database}_report.html")
    return builder.finish()


PARTS = {
    "quick": Entry(quick),
    "follow_up": Entry(follow_up),
    "human": Entry(human, _follow_human),
    "human.answer": Entry(_answer),
    "report": Entry(report),
}
