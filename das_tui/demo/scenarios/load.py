"""Streams for load: a run of exactly 50,000 events, and one without an end."""

import sys
from collections.abc import Sequence
from typing import overload

from das_tui.demo.scenarios.parts import Entry, Talk
from das_tui.demo.script import Beat, DmsBuilder, Outcome, Plan, Script, dumps, table

VERBOSE_EVENTS = 50_000
_TAIL = 260
_DEPOTS = [
    "North Quay", "Harbour East", "Mill Lane", "Old Airport", "South Gate", "Lagoon", "Ridge",
    "West Cross", "Brick Yard", "Canal Side", "Dockland", "Eastfield", "Ferry Road", "Granary",
    "High Street", "Ironworks", "Juniper Hill", "Kiln Corner", "Lime Walk", "Market Hall",
]  # fmt: skip
_PHRASES = [
    "{n} scans of route R-{r:03d} read, {m} without a promise",
    "window {h:02d}:00 to {k:02d}:00 has {n} parcels, {m} late",
    "driver of R-{r:03d} changed at {h:02d}:{m:02d}",
    "stop {m} of R-{r:03d} skipped, nobody there",
    "weather of {h:02d}:00 joined, {m} mm of rain",
    "bucket {r} of 256 aggregated, {n} rows",
    "cache missed for depot {m}, read again",
    "duplicate scan {n} dropped",
]
_LEVELS = (10,) * 34 + (20,) * 13 + (30,)


def verbose(talk: Talk) -> Script:
    """Late parcels of every depot, told in 50,000 events at about 1,000 a second."""
    plan = Plan(
        "plan-demo-66aa51f08e02",
        "Late parcels of 20 depots",
        tuple((name, f"Every route of {name} in March.", "analysis") for name in _DEPOTS),
    )
    builder = DmsBuilder(talk.seed, talk.message)
    builder.status("PLANNING")
    builder.think(
        "Twenty depots, every route of each. This will be long; I note what I read.", quick=True
    )
    builder.plan(plan, "parcel_depot", ["parcels", "scans", "routes"], 2.0)
    rng = builder.rng
    share = (VERBOSE_EVENTS - _TAIL - builder.count) // len(_DEPOTS)
    totals: list[tuple[str, int]] = []
    for place, name in enumerate(_DEPOTS, start=1):
        end = builder.count + share
        late = rng.randint(600, 5200)
        totals.append((name, late))
        builder.tick(
            "plan", {"current_step": place, "plan_status": "running", **plan.wire(place)}, 20, 0.001
        )
        while builder.count < end - 90:
            for _ in range(rng.randint(30, 60)):
                phrase = rng.choice(_PHRASES)
                text = phrase.format(
                    n=rng.randint(10, 9000),
                    m=rng.randint(0, 59),
                    r=rng.randint(1, 412),
                    h=(hour := rng.randint(0, 22)),
                    k=hour + 1,
                )
                level = rng.choice(_LEVELS)
                builder.tick("status", {"message": text}, level, 0.001)
            _fast_cell(builder, name, late)
            if rng.random() < 0.25:
                _fast_text(
                    builder, "think", f"{name}: the evening routes look worse than the morning.", 20
                )
        text = f"**{name}**: {late:,} late parcels, {rng.randint(4, 31)} % of March."
        _fast_text(
            builder,
            "output_conclusion",
            dumps({"mission_idx": 0, "objective_order": place, "result": text}),
            40,
            "json",
        )
    while builder.count < VERBOSE_EVENTS - 60:
        builder.tick("status", {"message": f"route {rng.randint(1, 412)} closed"}, 10, 0.001)
    worst = max(totals, key=lambda item: item[1])
    closing = (
        f"## Late parcels\n\nOf 20 depots **{worst[0]}** has the most late parcels, {worst[1]:,}. "
        "Evening routes are late twice as often as morning ones.\n"
    )
    _fast_text(builder, "output_conclusion", closing, 40)
    while builder.count < VERBOSE_EVENTS - 2:
        builder.tick("status", {"message": "tidied up"}, 10, 0.001)
    return builder.finish()


def _fast_text(
    builder: DmsBuilder, category: str, text: str, level: int, content_type: str = "str"
) -> None:
    """A streamed content at a piece a millisecond."""
    builder.quick(category, text, level, content_type)


def _fast_cell(builder: DmsBuilder, depot: str, late: int) -> None:
    rng = builder.rng
    route = rng.randint(1, 412)
    builder.quick_cell(
        f"Route R-{route:03d}",
        f"SELECT hour, late FROM route_hour\nWHERE depot = '{depot}' AND route_id = {route};",
        table(
            "hour=Hour, late=Late",
            *[[hour, rng.randint(0, late // 90)] for hour in range(8, 8 + rng.randint(2, 5))],
        ),
    )


class Endless(Sequence[Beat]):
    """An endless answer of `rate` events a second, computed by index.

    A cycle of 40 events: a text of 20 pieces, a thought, status notes, a tool response and a
    conclusion, so levels 10 to 40 and all kinds of blocks occur.
    """

    def __init__(self, rate: float, message: str) -> None:
        self._rate = rate
        self._first = dumps({"message": message})

    def __len__(self) -> int:
        return sys.maxsize

    @overload
    def __getitem__(self, index: int) -> Beat: ...
    @overload
    def __getitem__(self, index: slice) -> list[Beat]: ...
    def __getitem__(self, index: int | slice) -> Beat | list[Beat]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        event, category, kind, content, level = self._what(index)
        return Beat(index / self._rate, event, category, kind, content, level, index)

    def _what(self, index: int) -> tuple[str, str, str, str, int]:
        if index == 0:
            return "chat_start", "chat", "json", self._first, 20
        cycle, place = divmod(index - 1, 40)
        if place == 0:
            return "content_start", "llm", "str", "", 20
        if place <= 20:
            return "delta", "llm", "str", f"piece {place} of text {cycle}, ", 20
        if place == 21:
            return "content_finish", "llm", "str", "", 20
        if place == 22:
            return "data", "think", "str", f"thought {cycle}: go on as before", 20
        if place <= 35:
            return "data", "status", "json", dumps({"message": f"note {place} of {cycle}"}), 10
        if place == 36:
            call = {"id": f"call_{cycle}", "function": {"name": "execute_sql", "arguments": "{}"}}
            return "data", "tool_call_choices", "json", dumps([call]), 10
        if place == 37:
            return "content_start", "tool_call_response", "json", "", 20
        if place == 38:
            return "delta", "tool_call_response", "json", self._cell(cycle), 20
        return "content_finish", "tool_call_response", "json", "", 30 if cycle % 10 == 0 else 20

    @staticmethod
    def _cell(cycle: int) -> str:
        rows = [{"k": f"row {n}", "n": (cycle * 7 + n) % 997} for n in range(4)]
        data = {
            "columns": [{"field": "k", "title": "Key"}, {"field": "n", "title": "Rows"}],
            "result": rows,
        }
        inner = {
            "title": f"Query {cycle}",
            "content_type": "sql",
            "content": f"SELECT k, n FROM load_test WHERE part = {cycle};",
            "nb_file_outputs": [
                {
                    "output_type": "display_data",
                    "metadata": {},
                    "data": {"application/json": {"data": data}},
                }
            ],
        }
        return dumps({"result_type": "jupyter_cell", "result": dumps(inner)})


class EndlessScript(Script):
    """A script over `Endless`, where places follow from time by arithmetic."""

    def __init__(self, rate: float, message: str) -> None:
        super().__init__(Endless(rate, message), Outcome.NEVER)
        object.__setattr__(self, "rate", rate)

    rate: float

    @property
    def numbers(self) -> int:
        return sys.maxsize

    @property
    def seconds(self) -> float:
        return float("inf")

    def after_time(self, elapsed: float) -> int:
        return max(0, int(elapsed * self.rate) + 1) if elapsed >= 0 else 0

    def after_number(self, number: int) -> int:
        return number + 1


def endless(talk: Talk) -> Script:
    """The endless stream; the argument `rate` is in events a second."""
    return EndlessScript(float(talk.args.get("rate", 100.0)), talk.message)


PARTS = {"verbose": Entry(verbose), "rate": Entry(endless)}
