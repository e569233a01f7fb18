"""tea_house_demo: revenue of two years, the ten teas that sell best, a table out of reach."""

from das_tui.demo.scenarios.parts import Entry, Talk
from das_tui.demo.script import DmsBuilder, Plan, Row, Script, chart, markdown, table

DATABASE = "tea_house_demo"
INSTANCE = "pc-demolagoon02"

_2024 = [66120, 61904, 68230, 70511, 72040, 73275, 71860, 70402, 74118, 77290, 78905, 82732]
_2025 = [65010, 60480, 66702, 69120, 70688, 71911, 77940, 80215, 85102, 87611, 88994, 95798]
_REVENUE = Plan(
    "plan-demo-0f6b29d1ce77",
    "Revenue of 2024 and 2025",
    (
        ("Read the tables", "Orders, items, shops.", "data_understanding"),
        ("Revenue by month", "Sum both years by month.", "analysis"),
        ("What changed", "Separate shops, prices and guests.", "analysis"),
        ("Conclude", "Write it down.", "report"),
    ),
)


def revenue(talk: Talk) -> Script:
    """Compares two years: four steps, about a minute, no questions asked."""
    builder = DmsBuilder(talk.seed, talk.message)
    builder.status("PLANNING")
    builder.think("Compare like with like: shops open in both years first, then the new ones.")
    builder.note(status="reading", message="catalogue of tea_house_demo, 9 tables")
    builder.plan(_REVENUE, DATABASE, ["orders", "order_items", "shops"], 3.0)
    builder.enter(_REVENUE, 1)
    for name in ("orders", "order_items", "shops", "prices", "products", "tills", "guests"):
        builder.note(status="read", message=f"structure of {name}")
    builder.say(
        "Revenue is what was paid, so I take `orders.paid_at` and the price at the time of the "
        "sale from "
        "`order_items`, not today's price list. Orders that were paid back are left out in both "
        "years. "
        "First I look which shops were open when; a shop that opened or closed would spoil the "
        "comparison."
    )
    builder.cell(
        "Shops",
        "SELECT id, name, opened_on, closed_on FROM shops ORDER BY opened_on;",
        table(
            "id=ID, name=Shop, opened_on=Opened, closed_on=Closed",
            [1, "Old Market", "2016-04-02", None],
            [2, "Station Hall", "2017-09-15", None],
            [3, "竹里 Zhuli", "2018-03-01", None],
            [4, "Mill Bridge", "2019-05-11", None],
            [5, "University", "2021-10-04", None],
            [6, "Lagoon Walk", "2025-07-01", None],
            [7, "Ferry Pier", "2025-07-14", None],
        ),
        0.5,
    )
    builder.cell(
        "Row counts",
        "SELECT COUNT(*) AS orders, COUNT(DISTINCT shop_id) AS shops FROM orders;",
        table("orders=Orders, shops=Shops", [148902, 7]),
        0.6,
    )
    builder.conclude(
        1, "148,902 orders of **7 shops**; two of them opened in July 2025.", "7 shops"
    )
    builder.enter(_REVENUE, 2)
    for number in range(24):
        month = f"{2024 + number // 12}-{number % 12 + 1:02d}"
        builder.note(status="read", message=f"partition {month} of order_items")
    months: list[Row] = [[f"2024-{m:02d}", value] for m, value in enumerate(_2024, 1)]
    months += [[f"2025-{m:02d}", value] for m, value in enumerate(_2025, 1)]
    builder.cell(
        "Revenue by month",
        "SELECT DATE_FORMAT(o.paid_at, '%Y-%m') AS month, SUM(i.price * i.quantity) AS revenue\n"
        "FROM orders o JOIN order_items i ON i.order_id = o.id\n"
        "WHERE o.paid_at >= '2024-01-01' AND o.paid_at < '2026-01-01'\n"
        "GROUP BY month ORDER BY month;",
        table("month=Month, revenue=Revenue", *months),
        2.2,
    )
    halves = table(
        "half=Half, a=2024, b=2025, c=Change",
        ["first", 412080, 403911, "-2.0 %"],
        ["second", 455307, 515660, "+13.3 %"],
    )
    builder.summary(
        "## Revenue\n\n2025 is **6 % above** 2024. The whole gain comes from the second half; the "
        f"first half lost 2 %.\n\n{markdown(halves)}\n\nThe second half grew because two shops "
        "opened in July; without them it would be 1.3 % below 2024.\n"
    )
    builder.enter(_REVENUE, 3)
    builder.think("Two new shops explain more than the gain. What happened in the five old ones?")
    builder.cell(
        "Five old shops",
        "SELECT YEAR(paid_at) AS y, COUNT(*) AS orders, ROUND(AVG(total), 2) AS per_order\n"
        "FROM orders WHERE shop_id <= 5 GROUP BY y;",
        table(
            "y=Year, orders=Orders, per_order=Per order", [2024, 71094, 12.2], [2025, 67120, 12.71]
        ),
        1.9,
    )
    builder.cell(
        "Which drinks",
        "SELECT category, SUM(CASE WHEN y = 2025 THEN revenue ELSE -revenue END) AS change_eur\n"
        "FROM category_year WHERE shop_id <= 5 GROUP BY category ORDER BY change_eur;",
        table(
            "category=Category, change_eur=Change",
            ["black tea", -14181],
            ["food", -6904],
            ["green tea", 1180],
            ["cold brew", 5613],
        ),
        1.7,
    )
    builder.conclude(
        3,
        "The five old shops have **5.6 % fewer orders** at 4 % higher prices. Black tea and "
        "food lose; "
        "cold brew gains.",
        "5.6 % fewer orders",
    )
    builder.enter(_REVENUE, 4)
    builder.charts(
        chart(
            "Revenue by half",
            "The gain is in the second half.",
            "bar",
            table(
                "half=half, revenue=revenue",
                ["2024 first", 412080],
                ["2024 second", 455307],
                ["2025 first", 403911],
                ["2025 second", 515660],
            ),
            "half",
            "revenue",
        )
    )
    builder.summary(
        "## In short\n\n2025 brought 919,571, **6.0 % more** than 2024. Two new shops brought "
        "66,500; the "
        "five old ones together lost 14,300.\n\n- Look at the black tea menu before the next price "
        "change.\n- Cold brew earns its place; the third shop does not have it yet.\n"
    )
    builder.progress(_REVENUE, 4, "finished")
    builder.questions("What did the two new shops cost?", "Which old shop lost most?")
    return builder.finish()


def teas(talk: Talk) -> Script:
    """The ten best teas: one statement, a chart, a short answer."""
    builder = DmsBuilder(talk.seed, talk.message)
    builder.status("SQL_GENERATION")
    builder.think(
        "Best by cups or by revenue? Cups, as the question says selling; show both.", quick=True
    )
    rows: list[Row] = [
        ["铁观音 Tieguanyin", 18211, 96518],
        ["Earl Grey", 16904, 71842],
        ["Sencha", 15330, 73584],
        ["Cold brew peach", 14872, 83283],
        ["Assam", 13110, 52440],
        ["龙井 Longjing", 12677, 83668],
        ["Peppermint", 11420, 42254],
        ["Masala chai", 10985, 54925],
        ["Genmaicha", 8214, 38606],
        ["Rooibos", 7902, 31608],
    ]
    found = table("tea=Tea, cups=Cups, revenue=Revenue", *rows)
    builder.cell(
        "Top ten teas",
        "SELECT p.name AS tea, SUM(i.quantity) AS cups, SUM(i.price * i.quantity) AS revenue\n"
        "FROM order_items i JOIN products p ON p.id = i.product_id\n"
        "WHERE p.kind = 'tea' AND i.sold_at >= '2025-01-01' AND i.sold_at < '2026-01-01'\n"
        "GROUP BY p.name ORDER BY cups DESC LIMIT 10;",
        found,
        1.8,
    )
    builder.say(
        "**铁观音 Tieguanyin** leads with 18,211 cups. By revenue *龙井 Longjing* would be "
        "second: fewer "
        "cups at a higher price. Cold brew peach is the only new one among the ten; it was not "
        "on the "
        "menu before May."
    )
    cups = table("tea=tea, cups=cups", *[[r[0], r[1]] for r in rows])
    builder.charts(chart("Top ten teas", "Cups sold in 2025.", "bar", cups, "tea", "cups"))
    builder.questions("Which tea earns most per cup?", "What sells after 18:00?")
    return builder.finish()


def payroll(talk: Talk) -> Script:
    """The run fails: no permission on the table, in the middle of a tool response."""
    builder = DmsBuilder(talk.seed, talk.message)
    builder.status("PLANNING")
    builder.think("The sum needs the table `payroll`. Look whether I may read it.")
    builder.note(status="reading", message="catalogue of tea_house_demo, 9 tables")
    builder.say("Reading the tables.")
    builder.broken_response(
        "Payroll by shop", "SELECT shop_id, SUM(net) AS net FROM payroll GROUP BY shop_id;"
    )
    builder.wait(11.0)
    return builder.fail(
        "CheckDatabasePermissionFailed",
        "The account has no query permission on database tea_house_demo, table payroll.",
        "DEADBEEF-0000-5111-8222-333344445555",
    )


def price_test(talk: Talk) -> Script:
    """A longer comparison that somebody may stop."""
    builder = DmsBuilder(talk.seed, talk.message)
    builder.status("PLANNING")
    builder.think(
        "A price test needs two like groups of shops and enough weeks. Seven shops are few."
    )
    builder.say(
        "I compare the weeks before and after 1 October in the three shops with new prices."
    )
    builder.cell(
        "Weeks",
        "SELECT WEEK(paid_at) AS week, SUM(total) AS revenue FROM orders\n"
        "WHERE shop_id IN (2, 3, 5) AND paid_at >= '2025-09-01' GROUP BY week ORDER BY week;",
        table("week=Week, revenue=Revenue", [36, 10120], [37, 10044], [40, 10402], [41, 10611]),
        1.6,
    )
    builder.think(
        "The difference is within the noise of the autumn. Simulate to say how much is noise."
    )
    builder.cell(
        "Simulation",
        "null = [shuffle(weeks).diff() for _ in range(5000)]\nprint((null > observed).mean())",
        "0.21\n",
        40.0,
        python=True,
    )
    builder.conclude(
        1,
        "The new prices brought **3.1 %**, which chance alone brings in one of five tests.",
        "3.1 %",
    )
    builder.questions("How many weeks would be enough?", "Which prices changed?")
    return builder.finish()


PARTS = {
    "revenue": Entry(revenue),
    "teas": Entry(teas),
    "failure": Entry(payroll),
    "price_test": Entry(price_test),
}
