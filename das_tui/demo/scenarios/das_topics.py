"""Short answers of the DAS agent to what operators ask besides load and space: one reading, one
table, what it means and what to do."""

from typing import NamedTuple

from das_tui.demo.replies import quoted
from das_tui.demo.scenarios.das import instance_of
from das_tui.demo.script import DasBuilder, Piece, Row, Table, dumps, markdown

_Pair = tuple[str, str]


class _Topic(NamedTuple):
    """A topic: the words that call it, the tool, the table, and the text in English and Chinese."""

    words: str
    tool: str
    params: tuple[str, ...]
    columns: tuple[_Pair, ...]
    rows: tuple[Row, ...]
    text: _Pair


_TOPICS = {
    "connections": _Topic(
        r"\bconnections?\b|max_connections|too many clients|连接数|连接",
        "GetMySQLAllSessionAsync",
        ("--groupBy", "user"),
        (("User", "用户"), ("Open", "打开"), ("Active", "活动"), ("Longest", "最长")),
        (
            ["app_rides", 301, 38, "4.1 s"],
            ["app_pay", 72, 3, "0.2 s"],
            ["etl", 27, 2, "312 s"],
            ["monitor", 12, 0, "0.0 s"],
        ),
        (
            "412 of 2,000 connections are open and 43 of them work. Nothing is near the limit; the "
            "pool of `app_rides` opens more than it needs.\n\n- Set its largest size to 80.\n"
            "- The longest one is a nightly read of `etl`; it holds no locks.\n",
            "当前 412 / 2,000 个连接，其中 43 个活动，离上限很远；`app_rides` 的连接池偏大。\n\n"
            "- 建议最大连接数设为 80。\n- 最长的是 `etl` 的夜间读取，没有持有锁。\n",
        ),
    ),
    "memory": _Topic(
        r"\bmemory\b|buffer pool|\boom\b|内存",
        "GetPerformanceMetrics",
        ("--metrics", "mem_usage,innodb_buffer_pool_hit"),
        (("Part", "部分"), ("Size", "大小"), ("Share", "占比")),
        (
            ["buffer pool", "11.2 GB", "70 %"],
            ["sessions", "1.9 GB", "12 %"],
            ["temporary tables", "0.6 GB", "4 %"],
            ["free", "2.3 GB", "14 %"],
        ),
        (
            "Memory stands at 71 % and has for 30 days. The buffer pool answers **99.4 %** of all "
            "reads, so more memory would bring little.\n\n- Watch temporary tables: they double "
            "while the weekly report runs.\n",
            "内存使用率 71 %，30 天内平稳。缓冲池命中率 **99.4 %**，扩大内存收益很小。\n\n"
            "- 关注临时表，周报运行时会翻倍。\n",
        ),
    ),
    "replica": _Topic(
        r"replica|\blag(?:s|ging)?\b|read-only node|binlog delay|只读节点|主从|复制延迟",
        "DescribeReplicaStatus",
        ("--minutes", "60"),
        (("Node", "节点"), ("Lag now", "当前延迟"), ("Highest in 1 h", "1 小时最高")),
        (["ro-demoharbor11", "0 s", "41 s"], ["ro-demoharbor12", "0 s", "2 s"]),
        (
            "Both nodes are level with the primary. `ro-demoharbor11` fell 41 s behind at 02:10, "
            "when 1.2 M rows were deleted in one transaction.\n\n- Delete in parts of 10,000 rows; "
            "the lag then stays below 5 s.\n",
            "两个只读节点已追平主库。`ro-demoharbor11` 在 02:10 延迟 41 s，"
            "原因是一个事务删除了 120 万行。\n\n- 每批删除 10,000 行，延迟可保持在 5 s 以内。\n",
        ),
    ),
    "locks": _Topic(
        r"deadlock|lock waits?|\block(?:s|ed|ing)\b|死锁|锁等待|被锁",
        "GetDeadLockHistory",
        ("--hours", "24"),
        (("Time", "时间"), ("Waits for", "等待"), ("Rolled back", "回滚")),
        (
            ["07:52:14", "rides.PRIMARY", "UPDATE bikes SET station_id = ?"],
            ["07:52:31", "bikes.PRIMARY", "UPDATE rides SET ended_at = ?"],
        ),
        (
            "Two deadlocks in 24 hours, both at 07:52: two transactions lock `rides` and `bikes` "
            "in opposite order. One of them was rolled back each time and tried again by the "
            "application.\n\n- Lock `bikes` first in both places.\n- Keep the transaction short: "
            "the call to the payment service belongs outside.\n",
            "24 小时内有两次死锁，都在 07:52：两个事务以相反顺序锁定 `rides` 和 `bikes`，"
            "每次回滚一个并由应用重试。\n\n- 两处都先锁 `bikes`。\n"
            "- 缩短事务，把支付调用移到事务之外。\n",
        ),
    ),
    "backup": _Topic(
        r"back-?ups?\b|restor(?:e|ing)|point.in.time|备份|恢复到",
        "DescribeBackups",
        ("--days", "7"),
        (("Backup", "备份"), ("Size", "大小"), ("State", "状态")),
        (
            ["today 03:00", "61.4 GB", "complete"],
            ["yesterday 03:00", "61.1 GB", "complete"],
            ["2 days ago 03:00", "60.9 GB", "complete"],
        ),
        (
            "A full backup is made each night at 03:00 and logs are kept for 7 days, so any second "
            "of the last week can be restored, to a new instance. That takes about 35 minutes.\n\n"
            "- Nothing has been restored for a year: try it once.\n",
            "每天 03:00 全量备份，日志保留 7 天，"
            "可以恢复到最近一周的任意一秒（恢复到新实例，约 35 分钟）。"
            "\n\n- 已有一年没有做过恢复演练，建议演练一次。\n",
        ),
    ),
    "parameters": _Topic(
        r"\bparameters?\b|my\.cnf|\binnodb_\w+|long_query_time|参数",
        "DescribeParameters",
        ("--changed", "true"),
        (("Parameter", "参数"), ("Value", "当前值"), ("Usual", "默认值")),
        (
            ["innodb_flush_log_at_trx_commit", 1, 1],
            ["long_query_time", 1, 10],
            ["max_connections", 2000, 2520],
            ["innodb_io_capacity", 4000, 20000],
        ),
        (
            "Three of the parameters that matter differ from the usual ones. Only "
            "`innodb_io_capacity` is worth a change: at 4,000 the pages of the morning are written "
            "late.\n\n- Set it to 20,000; no restart is needed.\n",
            "有三个关键参数与默认值不同，只有 `innodb_io_capacity` "
            "值得修改：4,000 会使早高峰刷脏页滞后。\n\n"
            "- 建议改为 20,000，无需重启。\n",
        ),
    ),
    "help": _Topic(
        r"^\s*(?:hello|hi|hey|help|who are you|what can (?:you|i) (?:do|ask)"
        r"|你好|您好|帮助|你能做什么)"
        r"[^\w]*(?:for me|here)?[?!.？。！]*\s*$",
        "",
        (),
        (("Ask about", "可以问"), ("For example", "例如")),
        (
            ["load", "Why is the CPU of rm-demoharbor01 so high?"],
            ["space", "What fills the disk of rm-demoharbor01?"],
            ["locks", "Which transactions of rm-demoharbor01 deadlocked?"],
            ["connections", "Who holds the connections of pc-demolagoon02?"],
            ["general", "How do I limit a statement?"],
        ),
        (
            "I diagnose the instances of your account: I read their metrics, slow statements, "
            "locks and space, and say what to do. Put the instance id into the question. I change "
            "nothing by myself.\n",
            "我可以诊断您账号下的实例：读取指标、慢语句、锁和空间，并给出建议。"
            "请在问题中写明实例 ID。我不会自行修改任何内容。\n",
        ),
    ),
}
WORDS = [(name, topic.words) for name, topic in _TOPICS.items()]
"""The topics with the words that call them."""

NAMES = tuple(_TOPICS)


def play(name: str, message: str, seed: int, lang: str) -> list[Piece]:
    """The answer to a question about a topic."""
    topic = _TOPICS[name]
    chinese = lang == "zh"
    builder = DasBuilder(seed, 0.2)
    if topic.tool:
        instance = instance_of(message)
        result = dumps({"Code": 200, "Data": [list(row) for row in topic.rows]})
        builder.call(
            topic.tool, "--instanceId", instance, *topic.params, seconds=1.4, result=result
        )
        asked = quoted(message, 80)
        lead = f"关于“{asked}”，`{instance}`：" if chinese else f"On *{asked}*, for `{instance}`:"
        builder.say(f"{lead}\n\n")
    found = Table([(title[0], title[chinese]) for title in topic.columns], topic.rows)
    builder.say(f"{markdown(found)}\n\n{topic.text[chinese]}")
    return builder.finish()
