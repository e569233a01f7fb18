"""Profiles and credentials as rows: the list, what is known of one, and when it expires."""

from collections.abc import Sequence
from typing import NamedTuple

from das_tui.light import dataclass
from das_tui.view.ages import clock
from das_tui.view.clean import clean, one_line
from das_tui.view.glyphs import UTF8, Glyphs
from das_tui.view.rows import ACCENT, ATTN, FAIL, FAINT, MUTED, STRONG, TEXT, Ink, Row, cursor_bar
from das_tui.view.wrap import Spans, cells, cut, fit, pad, span_cells, wrap

EXPIRES_SOON = 30 * 60.0
"""Seconds before the end of temporary credentials from which on the status line says so."""

HEAD = Ink("muted", underline=True)
_DAY = 86400.0
_LABELS = 14
_LONGEST_NAME = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileLine:
    """One profile in the list. `credentials` are words, `words` what is special about it;
    `in_use` here and now, `first` at the next start."""

    name: str
    region: str
    credentials: str
    words: tuple[str, ...] = ()
    in_use: bool = False
    first: bool = False


def listing(
    lines: Sequence[ProfileLine], width: int, *, cursor: int, glyphs: Glyphs = UTF8
) -> list[Row]:
    """The profiles, one in a row. Where it is narrow, what is special falls off first, then the
    credentials; name and place in use stay."""
    if not lines:
        return []
    names = min(_LONGEST_NAME, max(cells(one_line(line.name)) for line in lines))
    regions = max(cells(one_line(line.region)) for line in lines)
    sources = max(cells(one_line(line.credentials)) for line in lines)
    rows = []
    for place, line in enumerate(lines):
        here = place == cursor
        ink = STRONG if here or line.in_use else TEXT
        mark = (glyphs.prompt, ACCENT) if line.in_use else (" ", TEXT)
        name = pad(fit(one_line(line.name), names, glyphs.ellipsis), names)
        spans: Spans = [cursor_bar(glyphs.bar, here), (" ", TEXT), mark, (" ", TEXT), (name, ink)]
        right = _standing(line)
        room = width - 2 - span_cells(right) - 3
        for text, size in (
            (line.region, regions),
            (line.credentials, sources),
            (", ".join(line.words), cells(", ".join(line.words))),
        ):
            shown = one_line(text)
            if span_cells(spans) + 3 + cells(shown) > room:
                break
            spans += [("   ", TEXT), (pad(shown, size), MUTED)]
        space = max(1, width - 2 - span_cells(spans) - span_cells(right))
        spans += [(" " * space, TEXT), *right]
        rows.append(Row(tuple(cut(spans, 0, width)), "sel" if here else None))
    return rows


def _standing(line: ProfileLine) -> Spans:
    """`in use`, `next start`: at the right edge."""
    spans: Spans = []
    if line.in_use:
        spans.append(("in use", TEXT))
    if line.first:
        spans += [("   ", TEXT)] if spans else []
        spans.append(("next start", FAINT))
    return spans


class Source(NamedTuple):
    """Credentials that a profile could use: what it has to say (empty where it cannot be
    chosen), where they are, the part of the key that may be shown, what kind they are, and the
    region that their tool uses."""

    spec: str
    label: str
    masked: str = ""
    kind: str = ""
    region: str = ""


def sources(
    found: Sequence[Source], width: int, *, cursor: int, glyphs: Glyphs = UTF8
) -> list[Row]:
    """Credentials to choose from, numbered from 1 to 9."""
    kinds = max((cells(item.kind) for item in found), default=0)
    masked = max((cells(item.masked) for item in found), default=0)
    rows = []
    for place, item in enumerate(found):
        here = place == cursor
        number = str(place + 1) if place < 9 else " "
        ink = FAINT if not item.spec else STRONG if here else TEXT
        right: Spans = [(pad(item.masked, masked), MUTED if item.spec else FAINT)]
        if width >= 60:
            right += [("   ", TEXT), (pad(item.kind, kinds), FAINT)]
        room = max(8, width - 8 - span_cells(right) - 3)
        label = fit(item.label, room, glyphs.ellipsis)
        spans: Spans = [
            cursor_bar(glyphs.bar, here),
            ("  ", TEXT),
            (f"{number}  ", Ink("text", bold=True) if item.spec else FAINT),
            (pad(label, room), ink),
            ("   ", TEXT),
            *right,
        ]
        rows.append(Row(tuple(cut(spans, 0, width)), "sel" if here else None))
    return rows


_LOOKED_AT = (
    ("environment", "ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET"),
    ("aliyun tool", "profiles in ~/.aliyun/config.json"),
    ("SDK file", "sections of ~/.alibabacloud/credentials.ini"),
    ("OIDC role", "ALIBABA_CLOUD_ROLE_ARN and its two companions"),
    ("URI", "ALIBABA_CLOUD_CREDENTIALS_URI"),
    ("API key", "DATA_AGENT_API_KEY"),
    ("ECS machine", "its role, asked for two seconds"),
)
_WAYS_OUT = (
    ("aliyun configure", "makes a profile of the aliyun tool"),
    ("export ...", "the two variables above, in the shell that starts das-tui"),
    ("DATA_AGENT_API_KEY", "for the Data Agent alone"),
)


def looked_at(width: int, glyphs: Glyphs = UTF8) -> list[Row]:
    """What was looked at where nothing was found, and how to get credentials."""
    rows = [Row(), *_head("Looked at, and found nothing", width)]
    for name, where in _LOOKED_AT:
        rows += _pair(f"{glyphs.idle} {name}", where, width, glyphs, FAINT, MUTED)
    rows += [Row(), *_head("Way out", width)]
    for command, what in _WAYS_OUT:
        rows += _pair(command, what, width, glyphs, TEXT, MUTED)
    rows += _pair("r", "looks again", width, glyphs, Ink("text", bold=True), MUTED)
    return rows


def _head(title: str, width: int) -> list[Row]:
    return [Row((("   ", TEXT), (pad(fit(title, width - 6, ""), max(0, width - 6)), HEAD)))]


def _pair(name: str, words: str, width: int, glyphs: Glyphs, ink: Ink, other: Ink) -> list[Row]:
    if width < 60:
        return [
            Row((("   ", TEXT), (fit(name, width - 5, glyphs.ellipsis), ink))),
            *(Row((("     ", TEXT), (part, other))) for part in wrap(words, width - 7)),
        ]
    text = fit(words, width - 26, glyphs.ellipsis)
    return [Row((("   ", TEXT), (pad(name, 21), ink), (text, other)))]


def facts(
    title: str, pairs: Sequence[tuple[str, str, Ink]], width: int, glyphs: Glyphs = UTF8
) -> list[Row]:
    """A head, then names with their values, wrapped below each other."""
    rows = _head(one_line(title), width)
    for name, value, ink in pairs:
        at = 3 + _LABELS if width >= 60 else 5
        parts = [part for text in clean(value).split("\n") for part in wrap(text, width - at - 2)]
        if width < 60:
            rows.append(Row((("   ", TEXT), (name, FAINT))))
        for place, part in enumerate(parts or [""]):
            label = name if not place and width >= 60 else ""
            rows.append(Row((("   ", TEXT), (pad(label, at - 3), FAINT), (part, ink))))
    return rows


def source(spec: str) -> str:
    """The `credentials` of a profile in words."""
    kind, _, name = spec.partition(":")
    if kind == "profile" and name:
        return f"aliyun profile {one_line(name)}"
    words = {"default": "official chain", "env": "environment", "api-key": "API key"}
    return words.get(spec, one_line(spec))


def expiry(
    expires_at: float | None,
    now: float,
    *,
    renews: bool,
    utc: bool = False,
    seconds: bool = False,
) -> tuple[str, Ink]:
    """When temporary credentials end, in words and in the voice that this needs; empty for those
    that last, or of which nobody tells it."""
    if expires_at is None:
        return "", MUTED
    left = expires_at - now
    at = f"at {clock(expires_at, utc, seconds)}" if abs(left) < _DAY else ""
    if left <= 0:
        if renews:
            return f"expired {at}".rstrip() + ", renewed before the next request", MUTED
        gone = f"expired {at}".rstrip()
        return f"{gone}; nothing is sent with them, renew them where they come from", FAIL
    words = f"expires {at}, in {_rough(left)}" if at else f"expires in {_rough(left)}"
    if renews:
        return f"{words}, renewed by itself", MUTED
    return words, ATTN if left < EXPIRES_SOON else TEXT


def expires_soon(expires_at: float | None, now: float, *, renews: bool) -> str:
    """For the status line: credentials that end within half an hour and do not renew
    themselves; empty otherwise."""
    if expires_at is None or renews or expires_at - now >= EXPIRES_SOON:
        return ""
    left = expires_at - now
    return "STS expired" if left <= 0 else f"STS ends in {_rough(left)}"


def _rough(seconds: float) -> str:
    """Time that is left, in steps of a minute, so that a line that shows it stays still."""
    minutes = int(seconds // 60)
    if minutes >= 48 * 60:
        return f"{minutes // 1440}d"
    if minutes >= 60:
        return f"{minutes // 60}h {minutes % 60}m"
    return f"{minutes}m" if minutes else "less than 1m"
