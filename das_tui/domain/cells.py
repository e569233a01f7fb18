"""Notebook cells of the agent, and what they put out: tables, texts, images."""

import base64
import binascii

from das_tui.domain.blocks import Image, Output, Table, Text, Tool, ToolStatus
from das_tui.domain.loose import Json, load, scalar

MAX_TABLE_ROWS = 2_000
"""Rows of one table that a block keeps; the total is counted all the same."""

_LANGUAGES = {"code": "python", "py": "python", "python3": "python", "ipython": "python"}
"""A cell that is not `sql` is Python; the samples of official tools call that `code`."""


def cell(value: Json) -> Tool:
    """A notebook cell with its outputs as a tool call."""
    if not isinstance(value, dict):
        return Tool(name="", outputs=(Text(scalar(value)),), status=ToolStatus.DONE)
    kind = scalar(value.get("content_type") or value.get("language")).lower()
    language = _LANGUAGES.get(kind, kind)
    outputs: list[Output] = []
    executing = False
    failure = ""
    total: int | None = None
    raw_outputs = value.get("nb_file_outputs") or value.get("outputs") or []
    for raw in raw_outputs if isinstance(raw_outputs, list) else [raw_outputs]:
        if _is_placeholder(raw):
            executing = True
            continue
        executing = False
        if isinstance(raw, dict) and scalar(raw.get("output_type")) == "error":
            name, words = scalar(raw.get("ename")), scalar(raw.get("evalue"))
            failure = reason_of(name, words)
            outputs.append(Text(": ".join(part for part in (name, words) if part), error=True))
            continue
        output = _output(raw)
        if isinstance(output, Table):
            total = (total or 0) + output.total
        if output is not None:
            outputs.append(output)
    status = ToolStatus.RUNNING if executing else ToolStatus.DONE
    if failure:
        status = ToolStatus.FAILED
    return Tool(
        name={"sql": "execute_sql", "python": "run_python"}.get(language, language),
        title=scalar(value.get("title")),
        language=language if language in {"sql", "python", "json"} else "",
        code=scalar(value.get("content") or value.get("source")),
        outputs=tuple(outputs),
        status=status,
        reason=failure,
        total_rows=total,
    )


def reason_of(name: str, words: str) -> str:
    """One word for the row of a failed tool."""
    both = f"{name} {words}".lower()
    if "timeout" in both or "timed out" in both:
        return "timeout"
    return name if name and len(name) <= 24 else "failed"


def _is_placeholder(raw: Json) -> bool:
    if not isinstance(raw, dict):
        return False
    metadata = raw.get("metadata")
    data = raw.get("data")
    marked = isinstance(metadata, dict) and metadata.get("content_type") == "dms/executing"
    return marked or (isinstance(data, dict) and "dms/executing" in data)


def _output(raw: Json) -> Output | None:
    if not isinstance(raw, dict):
        return Text(scalar(raw)) if raw else None
    if "text" in raw and "data" not in raw:
        words = raw["text"]
        joined = "".join(map(scalar, words)) if isinstance(words, list) else scalar(words)
        return Text(joined, error=scalar(raw.get("name")) == "stderr") if joined else None
    data = raw.get("data")
    if not isinstance(data, dict):
        return Text(scalar(data)) if data else None
    for kind, value in data.items():
        if kind == "application/json":
            found = table_of(value)
            return found if found is not None else Text(scalar(value))
        if kind.startswith("image/"):
            return image(kind.removeprefix("image/"), scalar(value))
    for kind in ("text/markdown", "text/plain", "text/html"):
        if kind in data:
            words = data[kind]
            return Text("".join(map(scalar, words)) if isinstance(words, list) else scalar(words))
    return Text(scalar(data))


def image(kind: str, encoded: str) -> Image:
    """An image by kind and, for a PNG whose head is whole, its size in pixels."""
    try:
        head = base64.b64decode(encoded[:64] + "=" * (-len(encoded[:64]) % 4))
    except (binascii.Error, ValueError):
        head = b""
    if kind == "png" and head[:8] == b"\x89PNG\r\n\x1a\n" and len(head) >= 24:
        return Image(kind, int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big"))
    return Image(kind)


def table_of(value: Json) -> Table | None:
    """A table from any of the attested forms: `{"columns", "result"|"data"|"rows"}`, wrapped in
    `data` or given as JSON text; columns as names or `{"field", "title"}`; rows as lists or
    objects; or a bare list of objects."""
    if isinstance(value, str):
        value = load(value)
    if isinstance(value, dict) and isinstance(value.get("data"), dict):
        value = value["data"]
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        names = list(dict.fromkeys(name for row in value[:50] for name in row))
        return _table([(name, name) for name in names], value)
    if not isinstance(value, dict):
        return None
    columns = value.get("columns")
    rows = next((value[k] for k in ("result", "data", "rows") if k in value), None)
    if isinstance(rows, str):
        rows = load(rows)
    if not isinstance(columns, list) or not isinstance(rows, list):
        return None
    fields: list[tuple[str, str]] = []
    for column in columns:
        if isinstance(column, dict):
            field = scalar(column.get("field") or column.get("name") or column.get("title"))
            fields.append((field, scalar(column.get("title") or field)))
        else:
            fields.append((scalar(column), scalar(column)))
    return _table(fields, rows)


def _table(fields: list[tuple[str, str]], rows: list[Json]) -> Table:
    kept: list[tuple[str | None, ...]] = []
    for row in rows[:MAX_TABLE_ROWS]:
        if isinstance(row, dict):
            kept.append(tuple(_value(row.get(field)) for field, _ in fields))
        elif isinstance(row, list):
            cells = [_value(item) for item in row[: len(fields)]]
            kept.append((*cells, *[""] * (len(fields) - len(cells))))
        else:
            kept.append((_value(row), *[""] * (len(fields) - 1)))
    return Table(tuple(title for _, title in fields), tuple(kept), total=len(rows))


def _value(value: Json) -> str | None:
    return None if value is None else scalar(value)
