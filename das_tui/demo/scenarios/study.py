"""A study: the deep mode for any question. It plans and asks, reads, concludes, and may draw a
report; what it says is what the database holds, with the question in its own words."""

from collections.abc import Mapping
from typing import Any

from das_tui.demo.replies import Verdict, quoted
from das_tui.demo.scenarios.parts import Entry, Part, Reply, Talk
from das_tui.demo.scenarios.quick import HOUSES, House, name_files
from das_tui.demo.script import DmsBuilder, Plan, Script, chart, markdown, table


def _house(talk: Talk) -> House:
    return HOUSES.get(talk.database, HOUSES["harbor_bikes"])


def _plan(talk: Talk, asked: str) -> Plan:
    revision = int(talk.args.get("revision", 1))
    steps: tuple[tuple[str, str, str], ...] = (
        ("Read the tables", f"What {talk.database} holds for this.", "data_understanding"),
        ("The figures", "One statement for the last month.", "analysis"),
        ("What stands out", "The largest, the smallest, and why.", "analysis"),
        ("Conclude", "Write it down.", "report"),
    )
    if talk.lang == "zh":
        steps = (
            ("了解数据表", f"{talk.database} 中可用的表。", "data_understanding"),
            ("取数", "一条语句，最近一个月。", "analysis"),
            ("找出差异", "最大、最小及其原因。", "analysis"),
            ("结论", "写出结论。", "report"),
        )
    if revision > 1:
        steps = (*steps[:2], *steps[3:])
    return Plan(f"plan-demo-study{talk.seed % 100_000:05d}{revision:02d}", asked, steps)


def _study(talk: Talk) -> Script:
    builder = DmsBuilder(talk.seed, talk.message)
    builder.status("PLANNING")
    asked = quoted(talk.message, 60)
    chinese = talk.lang == "zh"
    if talk.args.get("search"):
        words = "网上没有更多信息" if chinese else "the web knows nothing more of it"
        builder.note(status="web search", message=words)
    name_files(builder, talk)
    builder.think(
        f"先看 {talk.database} 里有什么，再决定步骤。"
        if chinese
        else f"First what {talk.database} holds for this, then the steps."
    )
    builder.tables_read(**_house(talk).tables)
    plan = _plan(talk, asked)
    builder.plan(plan, talk.database, list(_house(talk).tables), 4.0)
    if talk.args.get("skip_plan"):
        return _steps(builder, plan, talk, asked)
    note = "只读，确认后执行。" if chinese else "It only reads; nothing runs before you agree."
    return builder.ask_plan(plan, note)


def _follow_plan(args: Mapping[str, Any], reply: Reply) -> Part:
    if reply.verdict in {Verdict.APPROVE, Verdict.APPROVE_ALL}:
        return Part("study.run", args)
    return Part("study.again", {**args, "revision": int(args.get("revision", 1)) + 1})


def _again(talk: Talk) -> Script:
    builder = DmsBuilder(talk.seed, talk.message, "WAIT_INPUT")
    builder.status("PLANNING")
    said = quoted(talk.message)
    builder.say(
        f"您说：“{said}”。计划已修改。"
        if talk.lang == "zh"
        else f"You wrote: “{said}” I changed it."
    )
    plan = _plan(talk, said)
    builder.plan(plan, talk.database, list(_house(talk).tables), 2.0)
    return builder.ask_plan(plan)


def _run(talk: Talk) -> Script:
    builder = DmsBuilder(talk.seed, talk.message, "PLANNING")
    asked = str(talk.args.get("asked", talk.message))
    return _steps(builder, _plan(talk, quoted(asked, 60)), talk, asked)


def _steps(builder: DmsBuilder, plan: Plan, talk: Talk, asked: str) -> Script:
    house, chinese = _house(talk), talk.lang == "zh"
    builder.enter(plan, 1)
    rows = [[name, text] for name, text in house.tables.items()]
    builder.cell(
        "Tables",
        "SELECT table_name, table_comment FROM information_schema.tables\n"
        f"WHERE table_schema = '{talk.database}';",
        table("name=Table, comment=Comment", *rows),
        0.5,
    )
    builder.enter(plan, 2)
    builder.cell("最近一个月" if chinese else "The last month", house.sql, house.found, 1.4)
    builder.conclude(2, house.zh if chinese else house.en, str(house.found.rows[0][0]))
    if len(plan.steps) == 4:
        builder.enter(plan, 3)
        first, last = house.found.rows[0], house.found.rows[-1]
        text = (
            f"最大的是 **{first[0]}**，最小的是 **{last[0]}**。"
            if chinese
            else f"**{first[0]}** is the largest, **{last[0]}** the smallest of those shown."
        )
        builder.conclude(3, text, str(first[0]))
    builder.enter(plan, len(plan.steps))
    measure = house.found.columns[1]
    builder.charts(
        chart(measure[1], asked or plan.title, "bar", house.found, "name", measure[0]),
    )
    lead = "## 小结" if chinese else "## Summary"
    builder.summary(f"{lead}\n\n{markdown(house.found)}\n\n{house.zh if chinese else house.en}\n")
    builder.file(f"{talk.database}_study.md")
    builder.progress(plan, len(plan.steps), "finished")
    builder.questions(*(house.questions_zh if chinese else house.questions))
    if talk.args.get("insight") or talk.args.get("skip_report"):
        return builder.finish()
    return builder.ask_report(
        "文字报告已完成，是否绘制网页报告？"
        if chinese
        else "The text report is complete. Shall a web report be drawn as well?"
    )


def _follow_report(args: Mapping[str, Any], reply: Reply) -> Part:
    yes = reply.verdict in {Verdict.APPROVE, Verdict.APPROVE_ALL}
    return Part("study.report" if yes else "study.close", args)


def _follow_study(args: Mapping[str, Any], reply: Reply) -> Part:
    return _follow_report(args, reply) if args.get("skip_plan") else _follow_plan(args, reply)


def _report(talk: Talk) -> Script:
    builder = DmsBuilder(talk.seed, talk.message, "STEP_EXECUTION")
    builder.status("REPORT_RENDER")
    builder.say(
        "开始绘制网页报告：先写摘要，再按步骤各画一页图表，最后附上明细表。"
        if talk.lang == "zh"
        else "I draw the web report now: the summary first, then one page for each step with its "
        "chart, then the tables."
    )
    for share, what in ((30, "layout"), (80, "charts")):
        builder.wait(5.0)
        builder.note(status=f"{share} %", message=what)
    builder.wait(5.0)
    title = talk.database.replace("_", " ").capitalize()
    builder.report(title, f"{title}: study", f"{talk.database}_study.html")
    return builder.finish()


def _close(talk: Talk) -> Script:
    builder = DmsBuilder(talk.seed, talk.message, "STEP_EXECUTION")
    file = f"`{talk.database}_study.md`"
    builder.think(
        "不需要网页报告，文字报告已经保存。"
        if talk.lang == "zh"
        else "No web report is wanted. The text report is stored with the session already."
    )
    builder.say(
        f"不绘制网页报告，{file} 保留。"
        if talk.lang == "zh"
        else f"No web report then; {file} stays."
    )
    return builder.finish()


PARTS = {
    "study": Entry(_study, _follow_study),
    "study.again": Entry(_again, _follow_plan),
    "study.run": Entry(_run, _follow_report),
    "study.report": Entry(_report),
    "study.close": Entry(_close),
}
