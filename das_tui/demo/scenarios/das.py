"""Answers of the DAS agent: diagnoses of instances, knowledge, errors, follow-ups."""

import re

from das_tui.demo.replies import quoted
from das_tui.demo.script import DasBuilder, Piece, Table, dumps, markdown, table

INSTANCES = {
    "rm-demoharbor01": ("MySQL 8.0, 4 cores, 16 GB", "harbor_bikes"),
    "rm-demoparcel02": ("MySQL 8.0, 8 cores, 32 GB", "parcel_depot"),
    "pc-demolagoon02": ("PolarDB MySQL 8.0, 2 nodes of 4 cores, 16 GB", "tea_house_demo"),
}
_ID = re.compile(r"\b(?:rm|pc|dds|r|pgm)-[a-z0-9]{4,}\b")

SLOW = """SELECT r.id, r.started_at, s.name
FROM rides r JOIN stations s ON s.id = r.start_station_id
WHERE r.rider_id = 8841 AND r.ended_at IS NULL
ORDER BY r.started_at DESC LIMIT 1;"""

_METRICS: list[tuple[str, int, int, str]] = [
    ("07:40", 31, 9, "–"),
    ("07:55", 88, 41, "sql-7f21"),
    ("08:05", 97, 63, "sql-7f21"),
    ("08:20", 95, 60, "sql-7f21"),
]
_TOP: Table = table(
    "id=SQL ID, runs=Runs, avg=Average, rows=Rows examined",
    ["sql-7f21", 2184, "3.8 s", 1_904_116],
    ["sql-02c9", 96, "1.2 s", 212_040],
    ["sql-b810", 61, "0.9 s", 48_212],
)


def instance_of(text: str) -> str:
    """The instance that a question names, else the one of the demo's first database."""
    found = _ID.search(text)
    return found.group(0) if found else "rm-demoharbor01"


def _measure(builder: DasBuilder, instance: str) -> None:
    """The first two tools of each diagnosis."""
    builder.call(
        "GetInstanceInfo",
        "--instanceId",
        instance,
        seconds=0.3,
        result=dumps(
            {"InstanceId": instance, "Engine": "MySQL", "EngineVersion": "8.0", "Cores": 4}
        ),
    )


def _metrics_result() -> str:
    rows = [{"time": t, "cpu": cpu, "sessions": n} for t, cpu, n, _ in _METRICS]
    return dumps({"Code": 200, "Data": rows})


def _monitor(
    builder: DasBuilder, instance: str, metrics: str = "cpu_usage,active_session,qps"
) -> None:
    builder.call(
        "MonitorMetrics",
        "--instanceId",
        instance,
        "--metrics",
        metrics,
        "--startTime",
        "2026-01-15T07:30:00Z",
        "--endTime",
        "2026-01-15T08:30:00Z",
        seconds=1.1,
        result=_metrics_result(),
    )


def _slow_summary(builder: DasBuilder, instance: str) -> None:
    rows = [{"SqlId": r[0], "Runs": r[1], "Average": r[2], "Rows": r[3]} for r in _TOP.rows]
    builder.call(
        "SlowSqlSummary",
        "--instanceId",
        instance,
        "--limit",
        "3",
        seconds=2.4,
        result=dumps({"Code": 200, "Data": rows}),
        nested=True,
    )


def _optimize(builder: DasBuilder, instance: str) -> None:
    builder.call(
        "SqlOptimize",
        "--instanceId",
        instance,
        "--sqlId",
        "sql-7f21",
        seconds=5.0,
        result=dumps(
            {"Code": 200, "Data": {"Index": "idx_rider_open (rider_id, ended_at, started_at)"}}
        ),
    )


def _limit(builder: DasBuilder, instance: str) -> None:
    builder.call(
        "SqlFilter",
        "--instanceId",
        instance,
        "--sqlId",
        "sql-7f21",
        "--maxConcurrency",
        "20",
        "--durationMinutes",
        "30",
        seconds=4.2,
        result=dumps({"Code": 200, "Data": {"ItemId": 77, "Status": "Open"}}),
    )


def diagnosis(message: str, seed: int, lang: str, *, thorough: bool = False) -> list[Piece]:
    """Why an instance is slow: five tools, a table of the last hour, the statement, advice.

    About 50 seconds; `thorough` goes on with locks, the effect of the limit, a plan for the index
    change and how to check it, and lasts more than two minutes.
    """
    instance = instance_of(message)
    if lang == "zh":
        return _diagnosis_zh(instance, seed, thorough)
    return _diagnosis_en(instance, seed, thorough)


def _diagnosis_en(instance: str, seed: int, thorough: bool) -> list[Piece]:
    kind, database = INSTANCES.get(instance, INSTANCES["rm-demoharbor01"])
    builder = DasBuilder(seed, 0.34 if thorough else 0.21)
    builder.say(f"I will look at `{instance}` step by step.\n\n")
    _measure(builder, instance)
    builder.say(f"**Instance**: `{instance}` ({kind}, database `{database}`).\n\n")
    _monitor(builder, instance)
    found = Table(
        [("t", "Time UTC"), ("c", "CPU %"), ("s", "Active sessions"), ("q", "Main statement")],
        _METRICS,
    )
    builder.say(f"## CPU\n\n{markdown(found)}\n\n")
    builder.say(
        "The rise starts at **07:52** and goes with the number of active sessions, not with QPS: "
        "1,310 requests a second before it, 1,290 during it.\n\n"
    )
    _slow_summary(builder, instance)
    builder.say(f"## Slow SQL\n\n{markdown(_TOP)}\n\n")
    builder.say(
        "`sql-7f21` alone uses 98 % of the slow time. It reads **1.9 M rows** to return one:\n\n"
        f"```sql\n{SLOW}\n```\n\n"
    )
    _optimize(builder, instance)
    builder.say(
        "The plan is a full scan of `rides`: there is an index on `start_station_id`, none that "
        "begins with `rider_id`. Release 41 of the app asks it at each unlock, since 07:50.\n\n"
    )
    _limit(builder, instance)
    builder.say("## Advice\n\n")
    builder.say(
        "1. Now: at most 20 concurrent runs of `sql-7f21`. **The limit is set** and ends by itself "
        "after 30 minutes.\n"
        "2. Tonight, in the quiet hours (UTC 18:00 to 21:00), add the index:\n\n"
        "   ```sql\n   ALTER TABLE rides\n     ADD INDEX idx_rider_open (rider_id, ended_at, "
        "started_at),\n     ALGORITHM=INPLACE, LOCK=NONE;\n   ```\n"
        "3. Then remove the limit.\n\n"
    )
    builder.say(
        "> Expected effect: rows examined fall from 1.9 M to about 3; CPU should come back under "
        "40 %.\n"
    )
    if thorough:
        _thorough_en(builder, instance)
    return builder.finish()


def _thorough_en(builder: DasBuilder, instance: str) -> None:
    builder.call(
        "LockAnalysis", "--instanceId", instance, "--minutes", "60", seconds=6.5, result="{}"
    )
    builder.say(
        "\n## Locks\n\nNo deadlock and no metadata lock in the last hour. The longest row lock "
        "waited 1.2 s, on `bikes`, behind `sql-b810`; that is a consequence of the full CPU, "
        "not its "
        "cause.\n\n"
    )
    _monitor(builder, instance, "cpu_usage,active_session")
    after = table(
        "t=Time UTC, c=CPU %, s=Active sessions, w=Waiting for the limit",
        ["08:31", 74, 38, 11],
        ["08:32", 52, 24, 6],
        ["08:33", 44, 19, 3],
    )
    builder.say(f"## After the limit\n\n{markdown(after)}\n\n")
    builder.say(
        "The limit works. Unlocks wait 0.4 s on average; before it they waited 3.8 s.\n\n"
        "## The index change in detail\n\n"
        "- `rides` has 1,204,331 rows, 412 MB of data and 188 MB of indexes; the new index takes "
        "about 31 MB.\n"
        "- The build reads the table once and sorts it, about **40 s** at the load of 18:00. "
        "`LOCK=NONE` lets writes go on.\n"
        "- The read-only node follows behind the primary while it builds; its delay should stay "
        "below 50 s.\n"
        "- Way back: `ALTER TABLE rides DROP INDEX idx_rider_open;` takes less than a second.\n\n"
    )
    builder.say(
        "## How to check it\n\n"
        "```sql\nEXPLAIN SELECT r.id, r.started_at\nFROM rides r\nWHERE r.rider_id = 8841 AND "
        "r.ended_at IS NULL\nORDER BY r.started_at DESC LIMIT 1;\n```\n\n"
        "The plan is right when it says `type = ref`, `key = idx_rider_open` and no filesort. Keep "
        "`rides` under watch for one morning peak; then this case can be closed.\n"
    )


def _diagnosis_zh(instance: str, seed: int, thorough: bool) -> list[Piece]:
    kind, database = INSTANCES.get(instance, INSTANCES["rm-demoharbor01"])
    builder = DasBuilder(seed, 0.46 if thorough else 0.24)
    builder.say(f"我来逐步检查 `{instance}`。\n\n")
    _measure(builder, instance)
    builder.say(f"**实例**：`{instance}`（{kind}，数据库 `{database}`）。\n\n")
    _monitor(builder, instance)
    _slow_summary(builder, instance)
    _optimize(builder, instance)
    _limit(builder, instance)
    builder.say("## CPU 上升的原因\n\n")
    builder.say(
        "从 **07:52** 起，语句 `sql-7f21` 每次扫描 **190 万行**；上升与活动会话一致，与 QPS 无关。"
        "该语句由 App 第 41 版引入，每次开锁都会执行一次。\n\n"
    )
    found = Table(
        [("t", "时间 UTC"), ("c", "CPU %"), ("s", "活动会话"), ("q", "主要语句")],
        [*_METRICS[:3], ("08:20", 95, 60, "sql-7f21, 索引缺失")],
    )
    builder.say(f"{markdown(found)}\n\n")
    builder.say(f"```sql\n{SLOW}\n```\n\n")
    builder.say("## 建议 / Advice\n\n")
    builder.say(
        "1. 先限流：`sql-7f21` 最多 20 个并发，30 分钟后自动解除（**已生效**）。\n"
        "2. 低峰期加索引（建议 UTC 18:00 之后）：\n\n"
        "   ```sql\n   ALTER TABLE rides\n     ADD INDEX idx_rider_open (rider_id, ended_at);\n"
        "   ```\n\n"
    )
    builder.say(
        "Expected effect: rows examined fall from 1.9 M to about 3; CPU should come back under "
        "40 %.\n"
    )
    if thorough:
        _thorough_zh(builder, instance)
    return builder.finish()


def _thorough_zh(builder: DasBuilder, instance: str) -> None:
    builder.call(
        "LockAnalysis", "--instanceId", instance, "--minutes", "60", seconds=6.5, result="{}"
    )
    builder.say(
        "\n## 锁等待\n\n最近一小时没有死锁，也没有元数据锁。最长的行锁等待 1.2 s，发生在 "
        "`bikes` 表，"
        "排在 `sql-b810` 之后；这是 CPU 打满的结果，不是原因。\n\n"
    )
    _monitor(builder, instance, "cpu_usage,active_session")
    after = table(
        "t=时间 UTC, c=CPU %, s=活动会话, w=限流等待",
        ["08:31", 74, 38, 11],
        ["08:32", 52, 24, 6],
        ["08:33", 44, 19, 3],
    )
    builder.say(f"## 限流之后\n\n{markdown(after)}\n\n")
    builder.say(
        "限流有效：开锁请求平均等待 0.4 s，之前是 3.8 s。\n\n"
        "## 索引变更细节\n\n"
        "- `rides` 共 1,204,331 行，数据 412 MB，索引 188 MB；新索引约占 31 MB。\n"
        "- 建索引需要全表读取并排序，按 18:00 的负载约 **40 s**；`LOCK=NONE` 时写入不受影响。\n"
        "- 只读节点会有延迟，预计不超过 50 s。\n"
        "- 回退：`ALTER TABLE rides DROP INDEX idx_rider_open;`，不到一秒。\n\n"
    )
    builder.say(
        "## 如何验证\n\n"
        "```sql\nEXPLAIN SELECT r.id, r.started_at\nFROM rides r\nWHERE r.rider_id = 8841 AND "
        "r.ended_at IS NULL\nORDER BY r.started_at DESC LIMIT 1;\n```\n\n"
        "执行计划出现 `type = ref`、`key = idx_rider_open` 且没有 filesort 即为正确。请再观察一"
        "个早高峰，"
        "之后可以关闭此问题。\n"
    )


def space(message: str, seed: int, lang: str) -> list[Piece]:
    """Where the disk went: three tools and what to do."""
    instance = instance_of(message)
    kind, database = INSTANCES.get(instance, INSTANCES["rm-demoharbor01"])
    builder = DasBuilder(seed, 0.22)
    tables = table(
        "t=Table, d=Data GB, i=Index GB, f=Free GB, g=Growth a day",
        ["hourly_flow_archive", 61.2, 22.4, 0.3, "0.9 GB"],
        ["app_events", 38.7, 4.1, 19.6, "1.4 GB"],
        ["rides", 0.4, 0.2, 0.0, "2 MB"],
    )
    if lang == "zh":
        builder.say(f"我来看 `{instance}` 的磁盘用量。\n\n")
        tables = Table(
            [("t", "表"), ("d", "数据 GB"), ("i", "索引 GB"), ("f", "碎片 GB"), ("g", "每日增长")],
            tables.rows,
        )
    else:
        builder.say(f"I will see what fills the disk of `{instance}`.\n\n")
    _measure(builder, instance)
    builder.call("SpaceSummary", "--instanceId", instance, "--top", "3", seconds=2.8, result="{}")
    if lang == "zh":
        builder.say(
            f"## 磁盘 84 %\n\n**{instance}**（{kind}）200 GB 中已用 168 GB，"
            f"数据库 `{database}` 占 146 GB。\n\n{markdown(tables)}\n\n"
        )
        builder.call(
            "BinlogUsage", "--instanceId", instance, "--hours", "72", seconds=1.2, result="{}"
        )
        builder.say(
            "## 建议\n\n- 按现在的速度，**12 天**后磁盘写满。\n"
            "- `app_events` 有 19.6 GB 碎片：低峰期执行 `OPTIMIZE TABLE app_events;`，需要约 45 "
            "GB 临时空间，"
            "请先扩容或分批删除。\n"
            "- `hourly_flow_archive` 只保留 24 个月即可释放约 40 GB。\n"
            "- 日志保留 72 小时，共 17 GB，正常。\n"
        )
        return builder.finish()
    builder.say(
        f"## Disk at 84 %\n\n**{instance}** ({kind}) uses 168 of 200 GB; `{database}` has 146 "
        "GB of "
        f"it.\n\n{markdown(tables)}\n\n"
    )
    builder.call("BinlogUsage", "--instanceId", instance, "--hours", "72", seconds=1.2, result="{}")
    builder.say(
        "## Advice\n\n- At this pace the disk is full in **12 days**.\n"
        "- `app_events` has 19.6 GB of free space inside the file. `OPTIMIZE TABLE app_events;` "
        "gives "
        "it back, but needs about 45 GB while it runs: enlarge the disk first, or delete in "
        "parts.\n"
        "- Keeping 24 months of `hourly_flow_archive` instead of 40 frees about 40 GB.\n"
        "- Binary logs of 72 hours take 17 GB, which is as it should be.\n"
    )
    return builder.finish()


GENERAL_QUESTION = (
    r"^\s*(?:what(?:'s| is| are| does)|how (?:do|does|can|to|should)|explain|(?:when )?should i)\b"
    r"|什么是|是什么|如何|怎么|区别"
)
"""How a question begins that is about a thing in general and not about one instance."""


BARE_TOPIC = r"\s*(?:deadlocks?|binlogs?|slow (?:query )?logs?|死锁|慢日志|慢查询)\s*[?？]?\s*"
"""A topic and nothing else: a question about the thing, not about an instance."""


def knowledge(message: str, seed: int, lang: str) -> list[Piece]:
    """How a thing works, without looking at an instance."""
    builder = DasBuilder(seed, 0.2)
    asked = quoted(message, 80)
    lowered = message.lower()
    english, chinese = next(
        (texts for words, texts in _TOPICS if re.search(words, lowered)), _NO_TOPIC
    )
    if lang == "zh":
        builder.say(f"关于“{asked}”：\n\n{chinese}")
    else:
        builder.say(f"You asked: *{asked}*\n\n{english}")
    return builder.finish()


_LIMITS = (
    "A limit on a statement works inside the instance: it counts the runs of one SQL ID (or of "
    "all statements with given keywords) and lets the rest wait. It stops the damage; it does "
    "not mend the cause.\n\n"
    "| Means | Takes effect | Good for |\n|---|---|---|\n"
    "| limit a statement | at once | one statement fills the CPU |\n"
    "| end sessions | at once | few long transactions |\n"
    "| add an index | after the change | too many rows examined |\n"
    "| larger class | minutes | load that grew as a whole |\n\n"
    "1. `SlowSqlSummary` names the statement that costs most.\n"
    "2. `SqlFilter` with `--maxConcurrency` and `--durationMinutes` sets the limit.\n"
    "3. Mend the statement in the quiet hours, then remove the limit.\n\n"
    "Runs above the limit wait, and fail after the statement timeout: make sure that the "
    "application can live with that.\n",
    "SQL 限流在实例内按关键字或 SQL ID 控制并发，适合先止血、再治本。\n\n"
    "| 方式 | 生效 | 适合 |\n|---|---|---|\n"
    "| SQL 限流 | 立即 | 单条语句打满 CPU |\n| 会话终止 | 立即 | 少数长事务 |\n"
    "| 加索引 | 变更之后 | 扫描行数过多 |\n| 扩容 | 数分钟 | 整体负载上升 |\n\n"
    "1. 先看 `SlowSqlSummary`，找出占用最多的语句；\n"
    "2. 用 `SqlFilter` 设置 `--maxConcurrency` 和 `--durationMinutes`；\n"
    "3. 低峰期做索引或改写，再解除限流。\n\n"
    "超出并发的请求会排队，超时后返回错误，请确认业务可以接受。\n",
)
_DEADLOCKS = (
    "A deadlock is a ring of transactions in which each holds a lock that the next one wants. The "
    "engine sees the ring, ends the transaction that changed least, and the others go on.\n\n"
    "## How to avoid it\n\n"
    "- touch tables and rows in the **same order** in every transaction;\n"
    "- keep transactions short, and never wait for a person inside one;\n"
    "- index the columns of `WHERE`: without an index an `UPDATE` locks every row it reads;\n"
    "- be ready to run the transaction again, since error 1213 can always come.\n\n"
    "The latest one is shown by:\n\n```sql\nSHOW ENGINE INNODB STATUS;\n```\n",
    "死锁是多个事务互相持有对方需要的锁而形成的环。引擎会回滚改动最少的事务，其余事务继续执行。\n\n"
    "## 如何避免\n\n"
    "- 所有事务按**相同顺序**访问表和行；\n- 事务尽量短，不在事务中等待人工操作；\n"
    "- 为 `WHERE` 的列建索引，否则 `UPDATE` 会锁住扫描到的所有行；\n"
    "- 应用对错误 1213 做重试。\n\n查看最近一次死锁：\n\n"
    "```sql\nSHOW ENGINE INNODB STATUS;\n```\n",
)
_BINLOGS = (
    "The binlog is the ordered record of every change. Replicas and point-in-time recovery read "
    "it, so it must not be deleted by hand.\n\n"
    "| Setting | What it does |\n|---|---|\n"
    "| `binlog_expire_logs_seconds` | how long files are kept |\n"
    "| `binlog_format` | `ROW` for replication that is exact |\n"
    "| `max_binlog_size` | when the next file begins |\n\n"
    "If it fills the disk, shorten how long it is kept in the console, and look for the statement "
    "that changes so many rows.\n",
    "binlog 按顺序记录所有变更，供只读实例复制和按时间点恢复使用，请勿手工删除。\n\n"
    "| 参数 | 作用 |\n|---|---|\n| `binlog_expire_logs_seconds` | 保留时长 |\n"
    "| `binlog_format` | `ROW` 复制最准确 |\n| `max_binlog_size` | 单个文件大小 |\n\n"
    "如果占满磁盘，请在控制台缩短保留时长，并找出改动大量行的语句。\n",
)
_SLOW_LOGS = (
    "The slow log keeps every statement that ran longer than `long_query_time`.\n\n"
    "```sql\nSET GLOBAL slow_query_log = ON;\nSET GLOBAL long_query_time = 1;\n```\n\n"
    "On a managed instance these are parameters of the console and need no restart. One second is "
    "a good start; at 0 the log itself becomes the load. `SlowSqlSummary` then groups the entries "
    "by statement.\n",
    "慢日志记录执行时间超过 `long_query_time` 的语句。\n\n"
    "```sql\nSET GLOBAL slow_query_log = ON;\nSET GLOBAL long_query_time = 1;\n```\n\n"
    "托管实例在控制台修改参数即可，无需重启。建议从 1 秒开始；设为 0 时日志本身会成为负载。\n",
)
_NO_TOPIC = (
    "I have no text on that very thing and will not guess at one. What holds for most questions of "
    "load, in the order in which it usually pays:\n\n"
    "1. **Measure first.** Compare the hour in question with the same hour a week ago.\n"
    "2. **Find the statement.** A handful of statements make most of the load; `SlowSqlSummary` "
    "ranks them by time and by rows examined.\n"
    "3. **Mend one thing.** An index, a rewrite or a limit, then measure again.\n\n"
    "Name an instance and a time and I look at the real figures.\n",
    "这个主题我没有资料，不做猜测。多数负载问题一般按以下顺序处理：\n\n"
    "1. **先测量**：与上周同一时段对比。\n"
    "2. **找语句**：少数语句产生大部分负载，`SlowSqlSummary` 按耗时和扫描行数排序。\n"
    "3. **一次改一处**：索引、改写或限流，然后再测量。\n\n"
    "请告诉我实例和时间，我会查看实际数据。\n",
)
_TOPICS = (
    (r"deadlock|死锁", _DEADLOCKS),
    (r"binlog|binary log", _BINLOGS),
    (r"slow (?:query )?log|慢日志|慢查询", _SLOW_LOGS),
    (r"limit|throttl|sqlfilter|限流", _LIMITS),
)


def no_instance(message: str, seed: int, lang: str) -> list[Piece]:
    """The agent stops: it has no instance (`Metadata.Code` -1810006)."""
    instance = instance_of(message)
    builder = DasBuilder(seed, 0.15)
    if lang == "zh":
        builder.say("正在检查您提到的实例。")
    else:
        builder.say("Checking the instance that you named. ")
    builder.call("GetInstanceInfo", "--instanceId", instance, seconds=1.5)
    return builder.fail(
        -1810006,
        "The agent is not associated with any instance. Associate an instance in the console, then "
        "ask again.",
    )


def general(message: str, seed: int, lang: str) -> list[Piece]:
    """Any other first question: a health check that quotes the question."""
    instance = instance_of(message)
    kind, database = INSTANCES.get(instance, INSTANCES["rm-demoharbor01"])
    asked = quoted(message, 100)
    builder = DasBuilder(seed, 0.2)
    _measure(builder, instance)
    builder.call(
        "HealthReport", "--instanceId", instance, "--hours", "24", seconds=2.2, result="{}"
    )
    rows: list[list[str | int]] = [
        ["CPU", "97 %", "31 %"],
        ["Memory", "71 %", "70 %"],
        ["Disk", "84 %", "84 %"],
        ["Connections", "412 of 2,000", "230 of 2,000"],
    ]
    if lang == "zh":
        found = Table([("m", "指标"), ("h", "24 小时最高"), ("u", "通常")], rows)
        builder.say(
            f"您的问题：“{asked}”\n\n我检查了 `{instance}`（{kind}，数据库 `{database}`）"
            f"最近 24 小时的情况：\n\n{markdown(found)}\n\n"
            "除 07:52 到 08:30 的 CPU 之外没有异常。请告诉我具体时间或语句，我可以继续分析，例如"
            "：\n\n"
            f"- “{instance} 的 CPU 为什么升高？”\n- “{instance} 的磁盘被什么占用？”\n"
        )
        return builder.finish()
    found = Table([("m", "Measure"), ("h", "Highest in 24 h"), ("u", "Usual")], rows)
    builder.say(
        f"Your question: *{asked}*\n\nI looked at the last 24 hours of `{instance}` ({kind}, "
        "database "
        f"`{database}`):\n\n{markdown(found)}\n\n"
        "Nothing is out of the ordinary but the CPU from 07:52 to 08:30. Name a time or a "
        "statement "
        "and I look closer, for example:\n\n"
        f"- *Why is the CPU of {instance} so high?*\n- *What fills the disk of {instance}?*\n"
    )
    return builder.finish()


def follow_up(message: str, seed: int, lang: str, before: str) -> list[Piece]:
    """A short answer in the context of the scenario `before`."""
    words = message.lower()
    builder = DasBuilder(seed, 0.2)
    if before == "space":
        text = _SPACE[lang]
    elif before == "knowledge":
        text = _KNOWLEDGE[lang]
    elif re.search(r"index|alter|lock=none|online|索引|加锁|变更", words):
        text = _INDEX[lang]
    elif re.search(r"limit|filter|throttl|concurren|限流|并发|解除", words):
        builder.call(
            "SqlFilter", "--instanceId", instance_of(message), "--action", "list", seconds=1.3
        )
        text = _LIMIT[lang]
    else:
        text = _RECAP[lang]
    asked = quoted(message, 80)
    lead = f"关于“{asked}”：\n\n" if lang == "zh" else f"On *{asked}*\n\n"
    builder.say(lead + text)
    return builder.finish()


_INDEX = {
    "en": (
        "The index can be built online: `ALGORITHM=INPLACE, LOCK=NONE` lets reads and writes go "
        "on. "
        "It waits only twice for a moment, at the start and at the end, for the metadata lock: "
        "look "
        "for "
        "transactions that stay open longer than 10 s before you begin.\n\n"
        "- size about 31 MB, time about 40 s after 18:00 UTC\n"
        "- way back: `ALTER TABLE rides DROP INDEX idx_rider_open;`\n"
    ),
    "zh": (
        "索引可以在线创建：`ALGORITHM=INPLACE, LOCK=NONE` 时读写不受影响，只在开始和结束时短暂获"
        "取元数据锁。"
        "变更前请确认没有超过 10 s 的长事务。\n\n- 大小约 31 MB，UTC 18:00 后约 40 s\n"
        "- 回退：`ALTER TABLE rides DROP INDEX idx_rider_open;`\n"
    ),
}
_LIMIT = {
    "en": (
        "One limit is open: rule `77`, `sql-7f21`, at most 20 at a time. In the last ten minutes "
        "it let **1,846** runs through and held back **203**, each for 0.4 s on average; none "
        "failed.\n\n"
        "It ends by itself after 30 minutes. Keep it until the index exists.\n"
    ),
    "zh": (
        "当前有一条限流规则：`77`，`sql-7f21`，最多 20 个并发。最近十分钟放行 **1,846** 次，排队"
        " **203** 次，"
        "平均等待 0.4 s，没有失败。\n\n规则 30 分钟后自动解除，建议保留到索引创建完成。\n"
    ),
}
_RECAP = {
    "en": (
        "This is what we know so far about this instance:\n\n"
        "1. CPU rose to 97 % at 07:52, with the active sessions and not with QPS.\n"
        "2. `sql-7f21` reads 1.9 M rows a run, because `rides` has no index on `rider_id`.\n"
        "3. At most 20 runs at a time are let through; the index follows after 18:00 UTC.\n\n"
        "Ask me about the index, about the limit, or name another statement.\n"
    ),
    "zh": (
        "目前的结论：\n\n1. 07:52 起 CPU 升到 97 %，与活动会话一致，与 QPS 无关。\n"
        "2. `sql-7f21` 每次扫描 190 万行，因为 `rides` 缺少 `rider_id` 上的索引。\n"
        "3. 已限流为 20 个并发，索引在 UTC 18:00 后创建。\n\n可以继续问索引、限流，或者给出另一条语"
        "句。\n"
    ),
}
_SPACE = {
    "en": (
        "The two large tables grow by 2.3 GB a day together. Keeping 24 months of "
        "`hourly_flow_archive` frees about 40 GB, which is 17 days. Deleting in parts of 10,000 "
        "rows keeps "
        "the read-only node less than 5 s behind.\n"
    ),
    "zh": (
        "两张大表合计每天增长 2.3 GB。`hourly_flow_archive` 只保留 24 个月可释放约 40 GB，相当于"
        " 17 天。"
        "每批删除 10,000 行，只读节点延迟可保持在 5 s 以内。\n"
    ),
}
_KNOWLEDGE = {
    "en": (
        "In short: limit first, mend in the quiet hours, then remove the limit. A limit is the "
        "right "
        "means when **one** statement costs most; when the load grew as a whole, a larger class "
        "helps.\n"
    ),
    "zh": (
        "简单说：先限流，低峰期治本，再解除限流。只有**一条**语句占用最多时限流才合适；整体负载上升时应扩容。\n"
    ),
}
