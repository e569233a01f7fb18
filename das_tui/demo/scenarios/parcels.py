"""parcel_depot: a write that needs approval, a read that does, the costs of routes."""

import re
from collections.abc import Mapping
from typing import Any

from das_tui.demo.replies import Verdict, quoted
from das_tui.demo.scenarios.parts import Entry, Part, Reply, Talk
from das_tui.demo.script import DmsBuilder, Plan, Script, chart, markdown, table

DATABASE = "parcel_depot"
INSTANCE = "rm-demoparcel02"

# --- a write --------------------------------------------------------------------------------------

_SHIFT = Plan(
    "plan-demo-52d0b1e8a3f6",
    "Shift the March promises of North Quay",
    (
        (
            "Read the tables",
            "Find the promises that the closed day made wrong.",
            "data_understanding",
        ),
        ("Shift promises", "Move them by one day, in one statement, after approval.", "change"),
        ("Check the result", "Count late parcels before and after.", "analysis"),
    ),
)
_UPDATE = """UPDATE parcels p JOIN depots d ON d.id = p.depot_id
   SET p.promised_at = p.promised_at + INTERVAL 1 DAY
 WHERE d.name = 'North Quay'
   AND p.promised_at >= '2025-03-12' AND p.promised_at < '2025-04-01';"""
_UPDATE_EXPLAIN = table(
    "table=table, type=type, rows=rows, extra=extra",
    ["p", "ALL", 48123990, "Using where; no index on promised_at"],
    ["d", "eq_ref", 1, ""],
)
_LATE = table(
    "name=Depot, parcels=Parcels, late=Late",
    ["North Quay", 41877, 31207],
    ["Harbour East", 66210, 5120],
    ["Mill Lane", 58304, 4466],
    ["Old Airport", 71988, 4021],
    ["South Gate", 49102, 2937],
    ["Lagoon", 38440, 2115],
    ["Ridge", 27015, 1380],
    ["West Cross", 30377, 1294],
)


def update(talk: Talk) -> Script:
    """Reads what is wrong, then asks before it writes (after about 20 s)."""
    builder = DmsBuilder(talk.seed, talk.message)
    builder.status("PLANNING")
    builder.plan(_SHIFT, DATABASE, ["parcels", "depots"], 2.0)
    builder.enter(_SHIFT, 1)
    builder.think(
        "one statement, no loop over parcels: depot and time say which promises are wrong. First "
        "prove that the depot was closed on the 12th."
    )
    builder.note(status="reading", message="parcels, depots, scans")
    builder.cell(
        "Depots",
        "SELECT id, name, city FROM depots WHERE name LIKE 'North%';",
        table("id=ID, name=Name, city=City", [14, "North Quay", "Port Ellery"]),
        0.2,
    )
    builder.cell(
        "Late in March",
        "SELECT d.name, COUNT(*) AS parcels, SUM(p.delivered_at > p.promised_at) AS late\n"
        "FROM parcel_month m JOIN parcels p ON p.id = m.parcel_id\n"
        "JOIN depots d ON d.id = p.depot_id\nWHERE m.month = '2025-03'\n"
        "GROUP BY d.name ORDER BY late DESC LIMIT 8;",
        _LATE,
        1.1,
    )
    builder.cell(
        "Closed on 12th",
        "SELECT DATE(scanned_at) AS day, COUNT(*) AS scans FROM scans\n"
        "WHERE depot_id = 14 AND scanned_at >= '2025-03-12' AND scanned_at < '2025-03-13'\n"
        "GROUP BY day;",
        table("day=Day, scans=Scans", ["2025-03-12", 0]),
        0.6,
    )
    builder.say(
        "North Quay was closed on **12 March**. All later promises of that depot are one day "
        "early; "
        "I can shift them in one statement.",
        pace=0.1,
    )
    builder.enter(_SHIFT, 2)
    if talk.args.get("skip_sql"):
        return _write(builder, _UPDATE)
    return builder.ask_sql(
        _UPDATE, "48 million rows and no index on promised_at. Execute?", _UPDATE_EXPLAIN
    )


def _follow_update(args: Mapping[str, Any], reply: Reply) -> Part:
    if reply.verdict in {Verdict.APPROVE, Verdict.APPROVE_ALL}:
        return Part("update.run", {"sql": args.get("sql", _UPDATE)})
    if reply.verdict is Verdict.REFUSE:
        return Part("update.refused", {})
    if reply.verdict is Verdict.STATEMENT:
        return Part("update.again", {"sql": _bare(reply.text)})
    return Part("update.again", {"sql": args.get("sql", _UPDATE), "words": reply.text})


def _bare(text: str) -> str:
    """A statement without a fence round it."""
    return re.sub(r"^\s*```(?:sql)?\s*|\s*```\s*$", "", text, flags=re.IGNORECASE).strip()


def _run_update(talk: Talk) -> Script:
    builder = DmsBuilder(talk.seed, talk.message, "STEP_EXECUTION")
    return _write(builder, str(talk.args["sql"]))


def _write(builder: DmsBuilder, sql: str) -> Script:
    ours = sql == _UPDATE
    builder.cell(
        "Shift promises",
        sql,
        table("affected=Rows affected, matched=Rows matched", [24618, 24618])
        if ours
        else table("status=Status", ["executed"]),
        14.5 if ours else 2.5,
    )
    builder.note(status="committed", message="one transaction")
    if not ours:
        builder.conclude(2, "Your statement ran and is committed.", "committed")
        builder.progress(_SHIFT, 3, "finished")
        return builder.finish()
    builder.conclude(2, "**24,618 promises** of North Quay are one day later now.", "24,618")
    builder.enter(_SHIFT, 3)
    builder.cell(
        "Late after the change",
        "SELECT COUNT(*) AS parcels, SUM(p.delivered_at > p.promised_at) AS late\n"
        "FROM parcel_month m JOIN parcels p ON p.id = m.parcel_id\n"
        "WHERE m.month = '2025-03' AND p.depot_id = 14;",
        table("parcels=Parcels, late=Late", [41877, 8344]),
        1.2,
    )
    builder.conclude(
        3,
        "Late parcels of North Quay in March fall from **31,207** to **8,344**, 19.9 % instead of "
        "74.5 %. The rest was late before the 12th, or by more than a day.",
        "8,344",
    )
    builder.progress(_SHIFT, 3, "finished")
    builder.say(
        "Way back, should it be needed: the same statement with `- INTERVAL 1 DAY` and both "
        "dates one "
        "day later."
    )
    builder.questions("Which customers were told a wrong day?", "Who closed the depot on 12 March?")
    return builder.finish()


def _refused_update(talk: Talk) -> Script:
    builder = DmsBuilder(talk.seed, talk.message, "STEP_EXECUTION")
    builder.think(
        "Refused. Nothing was written; say so, and what can be done without writing.", quick=True
    )
    builder.say(
        "I did not run it. **Nothing was written**; the 24,618 promises stay as they are. I can "
        "instead leave them and count North Quay's March without the closed day in reports, or "
        "write "
        "a list for somebody else to check."
    )
    builder.questions("List the parcels in question", "Late share without the closed day")
    return builder.finish()


def _again_update(talk: Talk) -> Script:
    builder = DmsBuilder(talk.seed, talk.message, "WAIT_INPUT")
    builder.think("Nothing has run so far, so there is time to look at it once more.")
    sql = str(talk.args["sql"])
    words = talk.args.get("words")
    if words:
        builder.say(
            f"You wrote: “{quoted(str(words))}” The statement touches 24,618 parcels of one "
            "depot, in "
            "one transaction of about 15 s; readers are not blocked. I have not run it."
        )
    else:
        builder.say(
            "I take your statement in place of mine. It has not run yet; below is what the "
            "optimizer "
            "says about the table that it touches."
        )
    return builder.ask_sql(sql, "Execute this statement?", _UPDATE_EXPLAIN)


# --- a read ---------------------------------------------------------------------------------------

READ = """SELECT d.name, COUNT(*) AS late
FROM parcels p JOIN depots d ON d.id = p.depot_id
WHERE p.delivered_at > p.promised_at
  AND p.promised_at >= '2025-03-01' AND p.promised_at < '2025-04-01'
GROUP BY d.name ORDER BY late DESC LIMIT 5;"""
_READ_EXPLAIN = table(
    "id=id, table=table, type=type, rows=rows, extra=extra",
    [1, "p", "ALL", 48123990, "Using where; Using temporary; Using filesort"],
    [1, "d", "eq_ref", 1, ""],
)


def read(talk: Talk) -> Script:
    """A read over a large table asks first."""
    builder = DmsBuilder(talk.seed, talk.message)
    builder.status("SQL_GENERATION")
    builder.think(
        "Late means delivered after the promise. March by promise, not by delivery, or a parcel "
        "that "
        "came in April would be missing. The table is large and promised_at has no index, so I ask "
        "before I read all of it."
    )
    builder.note(status="reading", message="catalogue of parcel_depot")
    builder.tables_read(
        parcels="One row per parcel with promise and delivery, 48 million rows.",
        depots="38 depots.",
    )
    builder.wait(2.5)
    builder.cell(
        "Months at hand",
        "SELECT MIN(month) AS a, MAX(month) AS b FROM parcel_month;",
        table("a=First, b=Last", ["2023-01", "2025-12"]),
        0.4,
    )
    builder.say("I will count late parcels per depot; this needs one pass over `parcels`.")
    return builder.ask_sql(
        READ,
        "Table parcels has 48 million rows and no index on promised_at. Execute?",
        _READ_EXPLAIN,
    )


def _follow_read(args: Mapping[str, Any], reply: Reply) -> Part:
    if reply.verdict in {Verdict.APPROVE, Verdict.APPROVE_ALL}:
        return Part("read.run", {"sql": args.get("sql", READ)})
    if reply.verdict is Verdict.REFUSE:
        return Part("read.refused", {})
    if reply.verdict is Verdict.STATEMENT:
        return Part("read.again", {"sql": _bare(reply.text)})
    return Part("read.again", {"sql": args.get("sql", READ), "words": reply.text})


def _run_read(talk: Talk) -> Script:
    builder = DmsBuilder(talk.seed, talk.message, "SQL_GENERATION")
    builder.status("SQL_EXECUTION")
    rows = [[row[0], row[2]] for row in _LATE.rows[:5]]
    late = table("name=Depot, late=Late in March", *rows)
    builder.cell("Late parcels by depot", str(talk.args["sql"]), late, 11.4)
    builder.say(
        "**North Quay** had the most late parcels in March: **31,207**, six times as many as "
        "the next "
        "one. The depot was closed on the 12th and its promises were never moved; that alone "
        "explains "
        "about 22,900 of them."
    )
    builder.charts(chart("Late in March", "North Quay stands alone.", "bar", late, "name", "late"))
    builder.questions("Shift the March promises of North Quay by one day", "Late share by weekday")
    return builder.finish()


def _refused_read(talk: Talk) -> Script:
    builder = DmsBuilder(talk.seed, talk.message, "SQL_GENERATION")
    builder.say(
        "I did not run it. The monthly summary `parcel_month` is small and says the same up to the "
        "last night; ask me to use it, or name a narrower time."
    )
    builder.note(status="idle", message="nothing was read")
    for fact in ("parcel_month has 1.1 M rows", "built each night at 02:00", "one row per parcel"):
        builder.note(step=fact)
    builder.questions("Late parcels of March from parcel_month", "Late parcels of last week")
    return builder.finish()


def _again_read(talk: Talk) -> Script:
    builder = DmsBuilder(talk.seed, talk.message, "WAIT_INPUT")
    builder.think("Nothing has run so far, so there is time to look at it once more.")
    words = talk.args.get("words")
    if words:
        builder.say(
            f"You wrote: “{quoted(str(words))}” The statement only reads, for about 12 s, and "
            "holds no "
            "locks. It has not run yet."
        )
    else:
        builder.say(
            "I take your statement in place of mine. It has not run yet; below is what the "
            "optimizer "
            "says about the tables that it reads."
        )
    return builder.ask_sql(str(talk.args["sql"]), "Execute this statement?", _READ_EXPLAIN)


# --- what routes cost -----------------------------------------------------------------------------

_ROUTES = Plan(
    "plan-demo-c81f77e0d254",
    "What a parcel costs on each route",
    (
        ("Read routes and costs", "Routes, stops, fuel, hours.", "data_understanding"),
        (
            "Cost per parcel",
            "Spread fuel, hours and tolls over the parcels of a route.",
            "analysis",
        ),
        ("Outliers", "Find routes that cost far more than their like.", "analysis"),
        ("What to change", "Try merged and split routes on last month's parcels.", "simulation"),
        ("Conclude", "Write down what pays.", "report"),
    ),
)


def routes(talk: Talk) -> Script:
    """Five steps without a stop, about three minutes."""
    builder = DmsBuilder(talk.seed, talk.message)
    builder.status("PLANNING")
    builder.think(
        "Cost of a route is fuel, hours and tolls; per parcel it depends on how full the van is. "
        "Compare a route with its like: same depot, same kind of streets."
    )
    builder.plan(_ROUTES, DATABASE, ["routes", "stops", "vans", "fuel"], 6.0)
    builder.enter(_ROUTES, 1)
    builder.say("First what there is: routes, stops and what was paid for them.")
    builder.cell(
        "Row counts",
        "SELECT COUNT(*) AS routes, SUM(stops) AS stops, SUM(parcels) AS parcels\n"
        "FROM route_day WHERE day >= '2025-12-01' AND day < '2026-01-01';",
        table("routes=Route days, stops=Stops, parcels=Parcels", [10712, 812604, 1338210]),
        0.7,
    )
    builder.cell(
        "Costs of December",
        "SELECT kind, ROUND(SUM(amount)) AS eur FROM route_cost\n"
        "WHERE day >= '2025-12-01' AND day < '2026-01-01' GROUP BY kind ORDER BY eur DESC;",
        table(
            "kind=Kind, eur=EUR",
            ["hours", 1604180],
            ["fuel", 331705],
            ["tolls", 58240],
            ["repairs", 41966],
        ),
        1.4,
    )
    builder.wait(6.0)
    builder.conclude(
        1,
        "412 routes, 26 working days, **1.34 M parcels**; together 2,036,091 EUR, **1.52 EUR a "
        "parcel**. "
        "Hours are 79 % of it.",
        "1.52 EUR a parcel",
    )
    builder.enter(_ROUTES, 2)
    builder.think(
        "Hours dominate. A route is dear when its stops are far apart or its van half empty; "
        "separate "
        "the two with stops per km and parcels per stop."
    )
    builder.cell(
        "Cost per parcel by depot",
        "SELECT d.name, ROUND(SUM(c.amount) / SUM(r.parcels), 2) AS eur\n"
        "FROM route_day r JOIN route_cost c USING (route_id, day) JOIN depots d ON d.id = "
        "r.depot_id\n"
        "GROUP BY d.name ORDER BY eur DESC LIMIT 5;",
        table(
            "name=Depot, eur=EUR a parcel",
            ["Ridge", 2.71],
            ["Lagoon", 2.24],
            ["West Cross", 1.98],
            ["North Quay", 1.61],
            ["Harbour East", 1.44],
        ),
        3.8,
    )
    builder.cell(
        "What explains it",
        "import statsmodels.formula.api as smf\n\nfit = smf.ols('eur ~ stops_km + parcels_stop "
        "+ tolls', "
        "routes).fit()\nprint(fit.params.round(3), fit.rsquared)",
        "Intercept       2.914\nstops_km       -0.381\nparcels_stop   -0.442\ntolls           "
        "0.118\n"
        "R2 = 0.83\n",
        9.0,
        python=True,
    )
    builder.wait(5.0)
    builder.conclude(
        2,
        "### Cost per parcel\n\nTwo facts explain 83 % of it: how close the stops are, and "
        "**how many "
        "parcels a stop has**. One parcel more at each stop saves 0.44 EUR a parcel; tolls hardly "
        "matter.",
        "explain 83 %",
    )
    builder.enter(_ROUTES, 3)
    builder.say("Now the routes that cost more than these two facts allow.")
    builder.cell(
        "Dear routes",
        "SELECT route_id, depot, eur, expected, ROUND(eur - expected, 2) AS over\n"
        "FROM route_model ORDER BY over DESC LIMIT 5;",
        table(
            "route_id=Route, depot=Depot, eur=EUR, expected=Expected, over=Over",
            ["R-217", "Ridge", 4.12, 2.66, 1.46],
            ["R-305", "Lagoon", 3.77, 2.41, 1.36],
            ["R-218", "Ridge", 3.6, 2.58, 1.02],
            ["R-044", "North Quay", 2.55, 1.69, 0.86],
            ["R-119", "Mill Lane", 2.2, 1.4, 0.8],
        ),
        2.6,
    )
    builder.note(step="drivers' notes of R-217, R-305, R-218")
    builder.cell(
        "Waiting at gates",
        "SELECT route_id, ROUND(AVG(TIMESTAMPDIFF(MINUTE, arrived_at, scanned_at))) AS wait_min\n"
        "FROM stops WHERE route_id IN ('R-217', 'R-305', 'R-218') GROUP BY route_id;",
        table("route_id=Route, wait_min=Minutes a stop", ["R-217", 9], ["R-305", 8], ["R-218", 7]),
        4.4,
    )
    builder.wait(4.0)
    builder.conclude(
        3,
        "### Outliers\n\nR-217, R-305 and R-218 stand **7 to 9 minutes at each stop**; 2 are "
        "usual. All "
        "three deliver to gated sites, where the driver waits for somebody to open.",
        "7 to 9 minutes at each stop",
    )
    builder.enter(_ROUTES, 4)
    builder.think(
        "Try it on December: parcel lockers at the gates, and merging the two Ridge routes on days "
        "with fewer than 90 parcels."
    )
    builder.cell(
        "Simulation",
        "runs = simulate(december, seeds=range(200), lockers=GATES, merge=('R-217', 'R-218'))\n"
        "print(runs.groupby('case').eur.agg(['mean', 'std']).round(0))",
        "case              mean      std\nas it is       2036091        0\nlockers        "
        "2011340     1920\n"
        "lockers+merge  2002118     2410\n",
        26.0,
        python=True,
    )
    builder.wait(4.0)
    builder.conclude(
        4,
        "Lockers at three gates would have saved **24,751 EUR** in December, merging the Ridge "
        "routes "
        "another 9,222 EUR. Both hold in all 200 runs.",
        "24,751 EUR",
    )
    builder.enter(_ROUTES, 5)
    builder.file("route_costs_december.xlsx")
    saved = table("case=Case, eur=Saved EUR", ["lockers", 24751], ["lockers and merge", 33973])
    builder.charts(chart("What pays", "Saved in December.", "bar", saved, "case", "eur"))
    builder.summary(
        "## Route costs\n\nA parcel costs **1.52 EUR**; hours are 79 % of that, so what costs "
        "is waiting, "
        f"not driving.\n\n{markdown(saved)}\n\n"
        "1. Put lockers at the gates of R-217, R-305 and R-218; they pay for themselves in four "
        "months.\n"
        "2. Merge R-217 and R-218 on days with fewer than 90 parcels, which were 11 of 26.\n"
        "3. Leave the tolls alone.\n"
    )
    builder.progress(_ROUTES, 5, "finished")
    builder.questions("What do three lockers cost?", "Which other gates make drivers wait?")
    return builder.finish()


PARTS = {
    "update": Entry(update, _follow_update),
    "update.run": Entry(_run_update),
    "update.refused": Entry(_refused_update),
    "update.again": Entry(_again_update, _follow_update),
    "read_sql": Entry(read, _follow_read),
    "read.run": Entry(_run_read),
    "read.refused": Entry(_refused_read),
    "read.again": Entry(_again_read, _follow_read),
    "routes": Entry(routes),
}
