"""harbor_bikes: why riders find empty stations, a weekly report, the night moves of bikes."""

import re
from collections.abc import Mapping
from typing import Any

from das_tui.demo.replies import Verdict, quoted
from das_tui.demo.scenarios.parts import Entry, Part, Reply, Talk
from das_tui.demo.script import DmsBuilder, Plan, Script, chart, markdown, table

DATABASE = "harbor_bikes"

# --- why riders find empty stations ---------------------------------------------------------------

_STEPS = {
    "tables": (
        "Understand tables",
        "Read the structure of rides, stations, bikes and riders; count rows; find the time range.",
        "data_understanding",
    ),
    "demand": (
        "Demand by hour",
        "Aggregate rides by hour and weekday; find the peaks.",
        "analysis",
    ),
    "imbalance": (
        "Station imbalance",
        "Compare departures and arrivals per station and find stations that run empty.",
        "analysis",
    ),
    "broken": ("Broken bikes", "Relate repairs to age and distance of bikes.", "analysis"),
    "vans": (
        "Refill vans",
        "Compare the hours of the vans with the hours in which stations are empty.",
        "analysis",
    ),
    "end": ("Conclude, export", "Write the conclusions and export the detail tables.", "report"),
}
_FIRST = ["tables", "demand", "imbalance", "broken", "end"]
_DROP_WORDS = {
    "demand": r"demand|hour|peak",
    "broken": r"broken|repair|age",
    "vans": r"van|refill",
    "imbalance": r"imbalance|flow",
}

_IMBALANCE_SQL = """SELECT s.name, SUM(d.dep) - SUM(d.arr) AS net
FROM stations s JOIN hourly_flow d ON d.station_id = s.id
GROUP BY s.name ORDER BY net DESC LIMIT 4"""
_IMBALANCE = table(
    "name=Station, net=Net outflow",
    ["Hilltop Library", 18422],
    ["Lighthouse Gate", 15011],
    ["Old Mill", 9120],
    ["东门码头", 8777],
)
_EXPLAIN = table(
    "id=id, table=table, type=type, rows=rows, extra=extra",
    [1, "d", "ALL", 1857120, "Using temporary; Using filesort"],
    [1, "s", "eq_ref", 1, ""],
)
_EMPTY = table(
    "name=Station, at=Empty at, back=Refilled, lost=Lost rides",
    ["Hilltop Library", "08:10", "10:40", 212],
    ["Lighthouse Gate", "08:25", "11:05", 174],
    ["Old Mill", "08:50", "11:20", 96],
)
_PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAADAAAAAYCAIAAAAzn+mLAAAAWElEQVR42mP4P8gAw6iDRh1EJNCoOAFBw85BuAwa"
    "ddCgchCyZkocRIw5ow4iyUG4FNHaQcjswecgYiwbddCwcRCpjqPIQaSyB52DqBXSI89BpLJHHUSIDQDPZhOmLb2h"
    "fgAAAABJRU5ErkJggg=="
)


def _plan(steps: list[str], revision: int) -> Plan:
    return Plan(
        f"plan-demo-4be1f0c2a9d8{revision:04d}",
        "Harbor bikes: why do riders find empty stations?",
        tuple(_STEPS[key] for key in steps),
    )


def analysis(talk: Talk) -> Script:
    """The question: think, plan five steps, ask for approval (after about 20 s)."""
    steps = _FIRST
    builder = DmsBuilder(talk.seed, talk.message)
    builder.status("PLANNING")
    builder.think(
        "Riders find empty stations: that is about where bikes are, not how many there are. I need "
        "departures and arrivals per station and hour. Hour of day and weekday first, then the "
        "balance of each station, then whether broken bikes explain a part of it."
    )
    builder.note(status="reading", message="catalogue of harbor_bikes, 6 tables")
    builder.tables_read(
        rides="One row per ride with start and end station, bike and rider.",
        stations="Docks per station, position, altitude.",
        hourly_flow="Departures and arrivals per station and hour, built each night.",
    )
    builder.say(
        "The question needs ride, station and bike data. I plan five steps and ask for approval "
        "before anything runs."
    )
    plan = _plan(steps, 1)
    builder.plan(plan, DATABASE, ["rides", "stations", "bikes", "hourly_flow"], 7.0)
    if talk.args.get("skip_plan"):
        builder.wait(0.5)
        return _play_steps(builder, plan, steps, 0, "", talk)
    return builder.ask_plan(plan, "5 steps, reads 5 tables of harbor_bikes.")


def _follow_plan(args: Mapping[str, Any], reply: Reply) -> Part:
    steps = list(args.get("steps", _FIRST))
    if reply.verdict in {Verdict.APPROVE, Verdict.APPROVE_ALL}:
        return Part("analysis.run", {**args, "steps": steps, "at": 0})
    revision = int(args.get("revision", 1)) + 1
    dropped, changed = _revise(steps, reply.text)
    return Part(
        "analysis.replan",
        {**args, "steps": changed, "revision": revision, "dropped": dropped},
    )


def _revise(steps: list[str], words: str) -> tuple[str, list[str]]:
    """The steps after the human's words: the named one goes, else the one least needed; the vans
    come in before the conclusion unless they were the ones to go."""
    lowered = words.lower()
    inner = [key for key in steps if key not in {"tables", "end"}]
    named = [key for key in inner if re.search(_DROP_WORDS[key], lowered)]
    adds_vans = re.search(r"add[^.]*van|also[^.]*van|with[^.]*van", lowered) is not None
    dropped = next((key for key in named if not (key == "vans" and adds_vans)), "")
    if not dropped and not adds_vans:
        dropped = next((key for key in ("broken", "demand") if key in inner), "")
    if dropped and len(inner) == 1:
        dropped = ""
    changed = [key for key in steps if key != dropped]
    if "vans" not in steps and dropped != "vans":
        changed.insert(len(changed) - 1, "vans")
    return dropped, changed


def _replan(talk: Talk) -> Script:
    steps = list(talk.args["steps"])
    builder = DmsBuilder(talk.seed, talk.message, "WAIT_INPUT")
    builder.status("PLANNING")
    builder.think(
        "The human wants another plan. Which step can go without the answer losing its ground?"
    )
    dropped = talk.args.get("dropped", "")
    vans = " and look at the refill vans instead" if "vans" in steps else ""
    gone = f"I dropped *{_STEPS[dropped][0]}*" if dropped else "I kept all steps"
    builder.say(f"You wrote: “{quoted(talk.message)}” {gone}{vans}. This is the changed plan.")
    plan = _plan(steps, int(talk.args["revision"]))
    builder.plan(plan, DATABASE, ["rides", "stations", "bikes", "hourly_flow", "vans"], 4.0)
    return builder.ask_plan(plan, f"{len(steps)} steps, changed by your words.")


def _run(talk: Talk) -> Script:
    steps = list(talk.args["steps"])
    plan = _plan(steps, int(talk.args.get("revision", 1)))
    builder = DmsBuilder(talk.seed, talk.message, "PLANNING")
    answer = str(talk.args.get("sql", ""))
    return _play_steps(builder, plan, steps, int(talk.args["at"]), answer, talk)


def _play_steps(
    builder: DmsBuilder, plan: Plan, steps: list[str], start: int, sql: str, talk: Talk
) -> Script:
    """Steps from `start` on. `sql` says how the statement of the imbalance step was answered:
    empty before it is asked, `run` or `no`."""
    skip_sql = bool(talk.args.get("skip_sql"))
    for place in range(start, len(steps)):
        key = steps[place]
        if key != "imbalance" or not sql:
            builder.enter(plan, place + 1)
        if key == "tables":
            _understand(builder, place + 1)
        elif key == "demand":
            _demand(builder, place + 1)
        elif key == "imbalance":
            if not sql:
                _imbalance_before(builder)
                if not skip_sql:
                    return builder.ask_sql(
                        _IMBALANCE_SQL + ";",
                        "The query scans hourly_flow completely, 1.8 M rows. Run it?",
                        _EXPLAIN,
                    )
            _imbalance_after(builder, place + 1, sql != "no", announced=True)
        elif key == "broken":
            _broken(builder, place + 1)
        elif key == "vans":
            _vans(builder, place + 1)
        else:
            _conclude(builder)
    builder.progress(plan, len(steps), "finished")
    if talk.args.get("skip_report"):
        return builder.finish()
    return builder.ask_report(
        "The text report is complete. Shall a web report be drawn as well (about a minute)?"
    )


def _follow_run(args: Mapping[str, Any], reply: Reply) -> Part:
    """The answer to the statement, or to the report when the steps are done."""
    steps = list(args.get("steps", _FIRST))
    waits_for_sql = "imbalance" in steps and not args.get("sql") and not args.get("skip_sql")
    if waits_for_sql:
        if reply.verdict is Verdict.WORDS:
            return Part("analysis.again", dict(args))
        run = reply.verdict in {Verdict.APPROVE, Verdict.APPROVE_ALL, Verdict.STATEMENT}
        place = steps.index("imbalance")
        return Part(
            "analysis.run", {**args, "steps": steps, "at": place, "sql": "run" if run else "no"}
        )
    if reply.verdict in {Verdict.APPROVE, Verdict.APPROVE_ALL}:
        return Part("analysis.report", dict(args))
    return Part("analysis.close", dict(args))


def _again(talk: Talk) -> Script:
    builder = DmsBuilder(talk.seed, talk.message, "WAIT_INPUT")
    builder.think("That is neither yes nor no. Say what the statement does, and ask once more.")
    builder.say(
        f"You wrote: “{quoted(talk.message)}” The statement only reads. It goes once through "
        "1.8 M rows "
        "of `hourly_flow`, takes about 3 s and holds no locks. It has not run yet."
    )
    return builder.ask_sql(_IMBALANCE_SQL + ";", "Run it now?", _EXPLAIN)


def _follow_analysis(args: Mapping[str, Any], reply: Reply) -> Part:
    return _follow_run(args, reply) if args.get("skip_plan") else _follow_plan(args, reply)


def _understand(builder: DmsBuilder, order: int) -> None:
    builder.say("First the tables: how much there is, and of which time.")
    builder.cell(
        "Row counts",
        "SELECT 'rides' AS t, COUNT(*) AS n FROM rides\n"
        "UNION ALL SELECT 'stations', COUNT(*) FROM stations\n"
        "UNION ALL SELECT 'bikes', COUNT(*) FROM bikes\n"
        "UNION ALL SELECT 'hourly_flow', COUNT(*) FROM hourly_flow;",
        table(
            "t=Table, n=Rows",
            ["rides", 1204331],
            ["stations", 212],
            ["bikes", 3480],
            ["hourly_flow", 1857120],
        ),
        0.9,
    )
    builder.cell(
        "Time range",
        "SELECT MIN(started_at) AS a, MAX(started_at) AS b FROM rides;",
        table("a=First ride, b=Last ride", ["2025-01-01 00:02:11", "2025-12-31 23:58:40"]),
        0.8,
    )
    builder.note(status="checked", message="212 stations x 24 hours x 365 days = 1,857,120 rows")
    builder.conclude(
        order,
        "- **1.2 M rides** over the whole of 2025, 212 stations, 3,480 bikes.\n"
        "- `hourly_flow` is complete: one row per station and hour, built at 03:00 for the day "
        "before.",
        "over the whole of 2025",
    )


def _demand(builder: DmsBuilder, order: int) -> None:
    builder.think(
        "Hour of day and weekday first, then the holiday effect; the peak is probably commuting."
    )
    builder.say("When do people ride?")
    builder.cell(
        "Rides by hour",
        "SELECT HOUR(started_at) AS h, COUNT(*) AS n\nFROM rides\nGROUP BY h ORDER BY n DESC "
        "LIMIT 6;",
        table(
            "h=Hour, n=Rides",
            [8, 131220],
            [18, 127004],
            [17, 118731],
            [9, 97110],
            [19, 88002],
            [7, 79455],
        ),
        1.6,
    )
    builder.cell(
        "Chart of the week",
        "import pandas as pd\n\nweek = df.groupby('weekday', sort=False).n.sum()\nprint(week)\n"
        "week.plot.bar()",
        "weekday\nMon    190122\nTue    195230\nWed    197004\nThu    193998\nFri    188775\n"
        "Sat    124020\nSun    115182\n",
        2.4,
        python=True,
    )
    builder.conclude(
        order,
        "### Demand\n\nTwo commuter peaks, **08:00** and **18:00**; weekends are 38 % lower.\n\n"
        f"![rides per hour](data:image/png;base64,{_PNG})\n\n"
        "More than half of all rides (53 %) fall into six hours of the day.",
        "**08:00** and **18:00**",
        pace=0.06,
    )


def _imbalance_before(builder: DmsBuilder) -> None:
    builder.think(
        "Net flow per station says where bikes go; per dock would be fairer, as stations differ in "
        "size. Try per dock first."
    )
    builder.cell(
        "Flow per dock",
        "SELECT s.name, SUM(r.start_station_id = s.id) / s.docks AS dep,\n"
        "       SUM(r.end_station_id = s.id) / s.docks AS arr\n"
        "FROM stations s JOIN rides r\n"
        "  ON r.start_station_id = s.id OR r.end_station_id = s.id\n"
        "GROUP BY s.id ORDER BY dep - arr DESC;",
        seconds=30.0,
        error=(
            "QueryTimeout",
            "query execution timed out after 30 s, maximum statement time exceeded",
        ),
    )
    builder.say(
        "The join over all rides is too slow: `OR` keeps it from using either index. The table "
        "`hourly_flow` has the same sums per hour; I use that."
    )
    builder.choose_cell("Imbalance", _IMBALANCE_SQL + ";")


def _imbalance_after(builder: DmsBuilder, order: int, allowed: bool, *, announced: bool) -> None:
    if not allowed:
        builder.answer("The statement was not run: refused by the user.", 0.3)
        builder.say(
            "I do not run it. The nightly summary `station_day` has the same sums by day; it is "
            "small, 77,380 rows, and says which stations lose bikes, but not at what hour."
        )
        builder.cell(
            "Imbalance by day",
            "SELECT s.name, SUM(d.dep) - SUM(d.arr) AS net\n"
            "FROM stations s JOIN station_day d ON d.station_id = s.id\n"
            "GROUP BY s.name ORDER BY net DESC LIMIT 4;",
            _IMBALANCE,
            1.1,
        )
        builder.conclude(
            order,
            "### Where bikes run out\n\nThree stations lose most: **Hilltop Library** (18,422 a "
            "year "
            "net), **Lighthouse Gate** (15,011), **Old Mill** (9,120). All lie above 60 m. At what "
            "hour they run empty is left open, because the hourly table was not read.",
            "**Hilltop Library**",
        )
        return
    builder.cell("Imbalance", _IMBALANCE_SQL + ";", _IMBALANCE, 3.1, announced=announced)
    builder.say(
        "Hilltop Library loses fifty bikes a day. Next I check the altitude of the first three "
        "and the hour at which they are empty."
    )
    builder.cell(
        "Altitude",
        "SELECT name, altitude_m FROM stations\n"
        "WHERE name IN ('Hilltop Library', 'Lighthouse Gate', 'Old Mill', '东门码头')\n"
        "ORDER BY altitude_m DESC;",
        table(
            "name=Station, altitude_m=Altitude m",
            ["Hilltop Library", 84],
            ["Lighthouse Gate", 71],
            ["Old Mill", 66],
            ["东门码头", 3],
        ),
        0.9,
    )
    builder.note(step="hour at which the last bike leaves, per station")
    builder.cell(
        "Empty hours",
        "import numpy as np\n\nfirst = flow.groupby('station').apply(first_empty)\n"
        "lost = (demand - supply).clip(lower=0)\nprint(lost.loc[hill].round(0))",
        "station          empty   refilled  lost_per_week\n"
        "Hilltop Library  08:10   10:40     212\nLighthouse Gate  08:25   11:05     174\n"
        "Old Mill         08:50   11:20      96\n",
        4.5,
        python=True,
    )
    builder.file("imbalance.xlsx")
    builder.conclude(
        order,
        "## Where bikes run out\n\nThe stations that run empty are **one-way**: riders take bikes "
        "downhill and come back by tram.\n\n"
        "- **Hilltop Library** loses 50 bikes a day, all before 09:00\n"
        "- refill reads `hourly_flow`, which lags by one day\n"
        "- 东门码头 is at the sea; it loses bikes to the evening ferry and fills up again by "
        "night\n\n"
        f"{markdown(_EMPTY)}\n\n"
        "```sql\nSELECT max(loaded_at) FROM hourly_flow;\n```\n",
        "loses 50 bikes a day",
    )


def _broken(builder: DmsBuilder, order: int) -> None:
    builder.say("Do broken bikes make it worse?")
    builder.cell(
        "Repairs by age",
        "SELECT b.age_years, COUNT(DISTINCT b.id) AS bikes, COUNT(r.id) AS repairs\n"
        "FROM bikes b LEFT JOIN repairs r ON r.bike_id = b.id\n"
        "GROUP BY b.age_years ORDER BY b.age_years;",
        table(
            "age_years=Age, bikes=Bikes, repairs=Repairs",
            [0, 620, 120],
            [1, 690, 311],
            [2, 760, 702],
            [3, 720, 1460],
            [4, 690, 1533],
        ),
        1.8,
    )
    builder.cell(
        "Age and distance",
        "from scipy.stats import spearmanr\n\nprint(spearmanr(bikes.age, bikes.repairs))\n"
        "print(spearmanr(bikes.km, bikes.repairs))",
        "age:      rho=0.71  p=2.1e-12\ndistance: rho=0.34  p=8.8e-04\n",
        3.2,
        python=True,
    )
    builder.empty()
    builder.conclude(
        order,
        "Bikes of 3 years and more need **3.9 times** as many repairs as younger ones (2.12 "
        "against "
        "0.55 a year). On an average day 11 % of the fleet is in repair; that is spread over all "
        "stations and does not explain the empty ones.",
        "3.9 times",
    )


def _vans(builder: DmsBuilder, order: int) -> None:
    builder.say("When do the vans refill?")
    builder.cell(
        "Van hours",
        "SELECT HOUR(arrived_at) AS h, COUNT(*) AS stops, SUM(bikes_left) AS bikes\n"
        "FROM van_stops WHERE bikes_left > 0\nGROUP BY h ORDER BY h;",
        table(
            "h=Hour, stops=Stops, bikes=Bikes",
            [6, 310, 1240],
            [9, 402, 2810],
            [10, 911, 7288],
            [11, 877, 6139],
            [15, 288, 1152],
        ),
        1.3,
    )
    builder.conclude(
        order,
        "The vans bring **72 %** of all bikes between 10:00 and 12:00, two hours after the hill "
        "stations have run empty. The tour follows a table of the day before.",
        "72 %",
    )


def _conclude(builder: DmsBuilder) -> None:
    builder.say("I write this up and export the tables.")
    builder.note(status="writing", message="harbor_bikes_report.md")
    builder.file("harbor_bikes_report.md")
    hours = table("hour=Hour, rides=Rides", [7, 79455], [8, 131220], [9, 97110])
    builder.charts(
        chart(
            "Empty stations",
            "Hilltop Library and Lighthouse Gate lose bikes every morning.",
            "bar",
            table("station=station, net_outflow=net_outflow", *[list(r) for r in _IMBALANCE.rows]),
            "station",
            "net_outflow",
        ),
        chart("The morning", "The peak is at 08:00.", "line", hours, "hour", "rides"),
    )
    builder.summary(
        "## Summary\n\nRiders find empty stations because **downhill trips are one-way**: the "
        "three "
        "hill stations lose 42,553 bikes a year net, most of them before 09:00, and the vans come "
        "after 10:00.\n\n"
        "1. Move 60 bikes uphill between 05:00 and 07:00.\n"
        "2. Feed the refill from live counts instead of `hourly_flow`, which lags by one day.\n"
        "3. Give a 10 % discount on uphill rides.\n\n"
        "About 480 lost rides a week come back if the first two are done.\n"
    )
    builder.questions(
        "How many vans are needed for 60 bikes?",
        "Which riders use the tram to return?",
        "What does a 10 % discount cost?",
    )


def _report(talk: Talk) -> Script:
    builder = DmsBuilder(talk.seed, talk.message, "STEP_EXECUTION")
    builder.status("REPORT_RENDER")
    builder.say(
        "I draw the web report now: the summary first, then one page for each step with its "
        "charts, "
        "then the tables."
    )
    for share, what in ((20, "layout"), (55, "charts"), (85, "text")):
        builder.wait(9.0)
        builder.note(status=f"{share} %", message=what)
    builder.wait(14.0)
    builder.report(
        "Harbor bikes 2025",
        "Harbor bikes: why do riders find empty stations?",
        "harbor_bikes_report.html",
    )
    return builder.finish()


def _close(talk: Talk) -> Script:
    builder = DmsBuilder(talk.seed, talk.message, "STEP_EXECUTION")
    builder.say(
        "No web report then. The text report `harbor_bikes_report.md` and the table "
        "`imbalance.xlsx` "
        "stay as they are; a web report can still be drawn later on."
    )
    return builder.finish()


# --- the weekly report ----------------------------------------------------------------------------

_WEEKLY = Plan(
    "plan-demo-7710aa02c4e1",
    "Harbor bikes: the week in figures",
    (
        ("Rides of the week", "Count rides and riders by day.", "analysis"),
        ("Availability", "Share of hours in which a station had bikes and docks.", "analysis"),
        ("Write the report", "Draw charts and write one page.", "report"),
    ),
)


def weekly(talk: Talk) -> Script:
    """The weekly report: three steps, charts, a web report, no questions asked."""
    builder = DmsBuilder(talk.seed, talk.message)
    builder.status("PLANNING")
    builder.think("The weekly report has a fixed form: rides, availability, one page of text.")
    builder.plan(_WEEKLY, DATABASE, ["rides", "hourly_flow"], 3.0)
    builder.enter(_WEEKLY, 1)
    days = table(
        "day=Day, rides=Rides, riders=Riders",
        ["Mon", 3702, 2911],
        ["Tue", 3811, 2967],
        ["Wed", 3786, 2950],
        ["Thu", 3650, 2874],
        ["Fri", 3598, 2843],
        ["Sat", 2391, 1822],
        ["Sun", 2204, 1701],
    )
    builder.cell(
        "Rides by day",
        "SELECT DATE_FORMAT(started_at, '%a') AS day, COUNT(*) AS rides,\n"
        "       COUNT(DISTINCT rider_id) AS riders\nFROM rides\n"
        "WHERE started_at >= '2025-12-22' AND started_at < '2025-12-29'\n"
        "GROUP BY day ORDER BY MIN(started_at);",
        days,
        1.2,
    )
    builder.conclude(
        1,
        "**23,142 rides**, 4.1 % more than the week before; the weekend was 38 % below the "
        "weekdays.",
        "23,142 rides",
    )
    builder.enter(_WEEKLY, 2)
    builder.cell(
        "Hours without bikes",
        "SELECT s.name, SUM(f.bikes_min = 0) AS empty_hours\n"
        "FROM hourly_flow f JOIN stations s ON s.id = f.station_id\n"
        "WHERE f.day >= '2025-12-22' AND f.day < '2025-12-29'\n"
        "GROUP BY s.name ORDER BY empty_hours DESC LIMIT 3;",
        table(
            "name=Station, empty_hours=Empty hours",
            ["Hilltop Library", 19],
            ["Lighthouse Gate", 17],
            ["Old Mill", 11],
        ),
        2.0,
    )
    builder.conclude(
        2, "Bikes were there in **96.8 %** of all station hours; target is 97 %.", "96.8 %"
    )
    builder.enter(_WEEKLY, 3)
    builder.charts(
        chart("Rides by day", "Tuesday was the strongest day.", "bar", days, "day", "rides")
    )
    builder.summary(
        "## The week in one paragraph\n\n23,142 rides by 9,870 riders, 4.1 % more than the week "
        "before. "
        "Bikes were available in 96.8 % of all station hours; the three hill stations were the "
        "worst. Nothing else is out of the ordinary.\n"
    )
    builder.report("Week 52", _WEEKLY.title, "week_52.html")
    builder.progress(_WEEKLY, 3, "finished")
    builder.questions("Why is the weekend lower?", "Which stations were full?")
    return builder.finish()


# --- the night moves ------------------------------------------------------------------------------

_REBALANCE = {
    "tables": (
        "Understand the tables",
        "Read stations, hourly_flow, vans and drivers.",
        "data_understanding",
    ),
    "moves": ("Night moves per van", "Find tours of at most six hours for each van.", "analysis"),
    "weather": ("Weather of the last 90 days", "Relate demand to rain and wind.", "analysis"),
    "flow": ("Net flow by station and hour", "Sum departures and arrivals.", "analysis"),
    "count": (
        "Count vans and drivers",
        "See what is there each night before tours are planned.",
        "analysis",
    ),
    "end": ("Conclude, export", "Write the tours and export them.", "report"),
}
_OLD = ["tables", "moves", "weather", "flow", "end"]
NIGHT_STEPS = ["count", "tables", "flow", "moves", "end"]


def _rebalance_plan(steps: list[str], revision: int) -> Plan:
    return Plan(
        f"plan-demo-90c3d1a7{revision:04d}",
        "Night moves so that no station starts empty",
        tuple(_REBALANCE[key] for key in steps),
    )


def rebalance(talk: Talk) -> Script:
    """Plan the night moves: a plan with a step that the data cannot bear, then asks."""
    builder = DmsBuilder(talk.seed, talk.message)
    builder.status("PLANNING")
    builder.think(
        "Tours depend on where bikes are missing at five in the morning, and on the vans."
    )
    builder.note(status="reading", message="catalogue of harbor_bikes, 6 tables")
    plan = _rebalance_plan(_OLD, 1)
    builder.plan(plan, DATABASE, ["stations", "hourly_flow", "vans", "drivers"], 9.0)
    builder.say("I plan the tours from the net flow of each station and look at the weather first.")
    return builder.ask_plan(plan, "reads 4 tables of harbor_bikes; each statement will ask again")


def _rebalance_again(talk: Talk) -> Script:
    builder = DmsBuilder(talk.seed, talk.message, "WAIT_INPUT")
    builder.status("PLANNING")
    revision = int(talk.args["revision"])
    plan = _rebalance_plan(NIGHT_STEPS, revision)
    builder.plan(plan, DATABASE, ["stations", "hourly_flow", "vans", "drivers"], 9.0)
    for table_name in ("vans", "drivers", "stations", "hourly_flow"):
        builder.note(status="read", message=f"structure of {table_name}")
    if revision == 2:
        builder.say(
            "I dropped the weather step, there is no weather table in harbor_bikes, and check the "
            "vans first."
        )
    else:
        builder.say(
            f"You wrote: “{quoted(talk.message)}” I keep the order: vans first, then tours."
        )
    return builder.ask_plan(plan, "reads 4 tables of harbor_bikes; each statement will ask again")


def _follow_rebalance(args: Mapping[str, Any], reply: Reply) -> Part:
    if reply.verdict in {Verdict.APPROVE, Verdict.APPROVE_ALL}:
        steps = _OLD if int(args.get("revision", 1)) == 1 else NIGHT_STEPS
        return Part("rebalance.run", {**args, "steps": steps})
    return Part("rebalance.again", {**args, "revision": int(args.get("revision", 1)) + 1})


def _rebalance_run(talk: Talk) -> Script:
    steps = list(talk.args["steps"])
    plan = _rebalance_plan(steps, int(talk.args.get("revision", 1)))
    builder = DmsBuilder(talk.seed, talk.message, "PLANNING")
    tours = table(
        "van=Van, start=Start, tour=Tour, bikes=Bikes",
        ["V1", "04:40", "Pier 7 → Hilltop Library", 22],
        ["V2", "04:50", "Cannery Row → Lighthouse Gate", 20],
        ["V3", "05:10", "Pier 7 → Old Mill", 18],
    )
    for place, key in enumerate(steps, start=1):
        builder.enter(plan, place)
        if key == "count":
            builder.cell(
                "Vans by night",
                "SELECT COUNT(*) AS vans, SUM(capacity) AS places FROM vans WHERE active = 1;",
                table("vans=Vans, places=Places", [3, 66]),
                0.5,
            )
            builder.conclude(place, "**3 vans** with 66 places, two drivers each night.", "3 vans")
        elif key == "tables":
            builder.cell(
                "Row counts",
                "SELECT COUNT(*) AS stations, SUM(docks) AS docks FROM stations;",
                table("stations=Stations, docks=Docks", [212, 4806]),
                0.4,
            )
            builder.conclude(place, "212 stations with 4,806 docks for 3,480 bikes.", "4,806 docks")
        elif key == "weather":
            builder.say("There is no weather table in harbor_bikes; I leave this step out.")
        elif key == "flow":
            builder.cell(
                "Missing at 07:00",
                "SELECT s.name, ROUND(AVG(f.dep - f.arr)) AS missing\n"
                "FROM hourly_flow f JOIN stations s ON s.id = f.station_id\n"
                "WHERE f.hour BETWEEN 7 AND 8 GROUP BY s.name ORDER BY missing DESC LIMIT 3;",
                table(
                    "name=Station, missing=Bikes missing",
                    ["Hilltop Library", 22],
                    ["Lighthouse Gate", 20],
                    ["Old Mill", 18],
                ),
                2.2,
            )
            builder.conclude(place, "60 bikes are missing at three stations at 07:00.", "60 bikes")
        elif key == "moves":
            builder.cell(
                "Tours",
                "tours = solve(missing, vans, hours=6)\nprint(tours.to_string(index=False))",
                "van  start  tour                            bikes\n"
                "V1   04:40  Pier 7 -> Hilltop Library          22\n"
                "V2   04:50  Cannery Row -> Lighthouse Gate     20\n"
                "V3   05:10  Pier 7 -> Old Mill                 18\n",
                6.0,
                python=True,
            )
            builder.conclude(place, f"### Tours\n\n{markdown(tours)}", "Hilltop Library")
        else:
            builder.file("night_moves.csv")
            builder.summary(
                "## Night moves\n\nThree tours move **60 bikes** uphill between 04:40 and "
                "06:30. Two "
                "drivers are enough if V3 starts after V1 is back.\n"
            )
    builder.progress(plan, len(steps), "finished")
    builder.questions("What if one van is out?", "Which stations are full at 18:00?")
    return builder.finish()


PARTS = {
    "analysis": Entry(analysis, _follow_analysis),
    "analysis.replan": Entry(_replan, _follow_plan),
    "analysis.run": Entry(_run, _follow_run),
    "analysis.again": Entry(_again, _follow_run),
    "analysis.report": Entry(_report),
    "analysis.close": Entry(_close),
    "weekly": Entry(weekly),
    "rebalance": Entry(rebalance, _follow_rebalance),
    "rebalance.again": Entry(_rebalance_again, _follow_rebalance),
    "rebalance.run": Entry(_rebalance_run),
}
