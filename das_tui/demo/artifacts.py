"""Files that the agents write: real bytes of their types, the same for the same session."""

import html
import io
import random
import struct
import zipfile
import zlib
from pathlib import PurePosixPath

_STATIONS = [
    "Central Pier", "Hilltop Library", "Lighthouse Gate", "Old Mill", "Fish Market", "东门码头",
    "North Quay", "Signal Hill", "Ferry Road", "Granary", "University", "Botanic Garden",
]  # fmt: skip


def category(name: str) -> str:
    """`FileCategory` of a file, by its name."""
    return {".html": "WebReport", ".md": "TextReport"}.get(_suffix(name), "DefaultArtifact")


def kind(name: str) -> str:
    """`FileType` of a file: its suffix without the dot, or `bin`."""
    return _suffix(name).lstrip(".") or "bin"


def _suffix(name: str) -> str:
    suffix = PurePosixPath(name).suffix.lower()
    return suffix if suffix.isascii() and len(suffix) <= 6 else ""


def content(name: str, title: str, seed: int) -> bytes:
    """The bytes of a file, by its suffix; `title` is what the report is about."""
    rng = random.Random(f"{seed}:{name}")
    made = {
        ".html": _web,
        ".md": _text,
        ".csv": _csv,
        ".png": _png,
        ".xlsx": _sheet,
        ".json": _json,
    }.get(_suffix(name))
    return made(title, rng) if made is not None else rng.randbytes(4096)


def _rows(rng: random.Random, count: int) -> list[list[str | int]]:
    return [
        [
            _STATIONS[number % len(_STATIONS)],
            f"2025-12-{number // 24 % 31 + 1:02d}",
            number % 24,
            rng.randint(0, 240),
            rng.randint(0, 240),
        ]
        for number in range(count)
    ]


_HEAD = ["station", "day", "hour", "departures", "arrivals"]


def _web(title: str, rng: random.Random) -> bytes:
    bars = "".join(
        f'<rect x="{40 * n}" y="{200 - high}" width="30" height="{high}" fill="#2f7d6d"/>'
        for n, high in enumerate(rng.randint(20, 190) for _ in range(12))
    )
    lines = "".join(
        "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>"
        for row in _rows(rng, 400)
    )
    heads = "".join(f"<th>{name}</th>" for name in _HEAD)
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f'<h1>{html.escape(title)}</h1><svg viewBox="0 0 480 200">{bars}</svg>'
        f"<table><tr>{heads}</tr>{lines}</table></html>\n"
    )
    return page.encode()


def _text(title: str, rng: random.Random) -> bytes:
    lines = [f"# {title}", "", "| station | day | hour | out | in |", "|---|---|---:|---:|---:|"]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in _rows(rng, 120)]
    return ("\n".join(lines) + "\n").encode()


def _csv(title: str, rng: random.Random) -> bytes:
    lines = [",".join(_HEAD)]
    lines += [",".join(str(cell) for cell in row) for row in _rows(rng, rng.randint(60, 90) * 1000)]
    return ("\r\n".join(lines) + "\r\n").encode()


def _json(title: str, rng: random.Random) -> bytes:
    rows = ",".join(f'{{"station":"{row[0]}","out":{row[3]}}}' for row in _rows(rng, 200))
    return f'{{"title":"{title}","rows":[{rows}]}}\n'.encode()


def _png(title: str, rng: random.Random) -> bytes:
    """A bar chart of 640 by 360 pixels."""
    width, height, bars = 640, 360, 24
    tall = [rng.randint(30, height - 40) for _ in range(bars)]
    lines = []
    for y in range(height):
        line = bytearray(b"\xfb\xfa\xf7" * width)
        for number, high in enumerate(tall):
            if height - 20 - high <= y < height - 20:
                at = (20 + number * 25) * 3
                line[at : at + 54] = b"\x2f\x7d\x6d" * 18
        lines.append(b"\0" + line)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(name, data)
        for name, data in (
            (b"IHDR", head),
            (b"IDAT", zlib.compress(b"".join(lines), 6)),
            (b"IEND", b""),
        )
    )


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SHEETS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def _sheet(title: str, rng: random.Random) -> bytes:
    """A workbook of one sheet."""
    table: list[list[str | int]] = [list(_HEAD), *_rows(rng, 900)]
    rows = "".join("<row>" + "".join(_cell(cell) for cell in row) + "</row>" for row in table)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_TYPES}"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName='
        f'"/xl/workbook.xml" ContentType="{_MIME}.sheet.main+xml"/><Override PartName='
        f'"/xl/worksheets/sheet1.xml" ContentType="{_MIME}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_LINKS}"><Relationship Id="r1" Type='
        f'"{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_SHEETS}" xmlns:r="{_OFFICE}"><sheets><sheet name='
        '"Sheet1" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_LINKS}"><Relationship Id="r1" Type='
        f'"{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_SHEETS}"><sheetData>{rows}</sheetData>'
        "</worksheet>",
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, '<?xml version="1.0" encoding="UTF-8"?>' + text)
    return buffer.getvalue()


def _cell(value: str | int) -> str:
    if isinstance(value, int):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t>{html.escape(value)}</t></is></c>'
