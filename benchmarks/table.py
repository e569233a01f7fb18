"""The table: medians and spreads over the rounds, ratios, goals, verdicts."""

import os
import platform
import statistics
import time
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from benchmarks.rows import Row, Samples

MET, MISSED = "met", "MISSED"
_BEGIN, _END = "<!-- table -->", "<!-- end of table -->"


def verdict(row: Row, samples: Samples) -> str:
    """`met` or `MISSED` by the median; empty where there is no goal or no number."""
    values = samples.get(row.name, [])
    if row.of_ratio:
        found = ratio(row, samples)
        values = [] if found is None else [found]
    if row.goal is None or not values:
        return ""
    middle = statistics.median(values)
    good = middle >= row.goal if row.least else middle <= row.goal
    return MET if good else MISSED


def ratio(row: Row, samples: Samples) -> float | None:
    """The median of the number over the median of what it is beside."""
    mine, other = samples.get(row.name), samples.get(row.beside)
    if not mine or not other or not statistics.median(other):
        return None
    return statistics.median(mine) / statistics.median(other)


def table(rows: Sequence[Row], samples: Samples) -> str:
    """A Markdown table of the rows that were measured."""
    lines = [("metric", "value", "ratio", "goal", "verdict")]
    for row in rows:
        values = samples.get(row.name)
        if not values:
            continue
        found = ratio(row, samples)
        beside = "" if found is None else f"{found:.2f} x {row.other}"
        title = row.title.replace("  ", "- ", 1) if row.title.startswith("  ") else row.title
        lines.append((title, _value(values, row.unit), beside, _goal(row), verdict(row, samples)))
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    shown = ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines]
    shown.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(shown)


def _value(values: Sequence[float], unit: str) -> str:
    middle = f"{_number(statistics.median(values))} {unit}".rstrip()
    if len(values) < 2:
        return middle
    return f"{middle} ({_number(min(values))} to {_number(max(values))})"


def _number(value: float) -> str:
    if abs(value) >= 999.5:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value == int(value) else f"{value:.3g}"


def _goal(row: Row) -> str:
    if row.goal is None:
        return ""
    sign = "at least" if row.least else "at most"
    unit = f"x {row.other}" if row.of_ratio else row.unit
    return f"{sign} {_number(row.goal)} {unit}".rstrip()


def put(page: Path, text: str) -> None:
    """Replace what stands between the marks of a page."""
    before, _, rest = page.read_text(encoding="utf-8").partition(_BEGIN)
    _, found, after = rest.partition(_END)
    if not found:
        raise ValueError(f"{page} has no place for a table")
    page.write_text(f"{before}{_BEGIN}\n{text}\n{_END}{after}", encoding="utf-8")


def machine() -> dict[str, str]:
    """Where and with what was measured."""
    names = ("textual", "rich", "pyte", "httpx")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in names)
    return {
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "machine": f"{os.cpu_count()} cores, {_processor()}, {platform.system()} "
        f"{platform.release().split('-')[0]}",
        "versions": f"CPython {platform.python_version()}, {versions}",
        "load": "load average {:.2f} {:.2f} {:.2f}".format(*os.getloadavg()),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return " ".join(line.partition(":")[2].split())
    return platform.machine()
