"""Where each pane stands on a screen of a given size: pure arithmetic, no widgets."""

from dataclasses import field

from das_tui.light import dataclass

MIN_WIDTH = 40
MIN_HEIGHT = 10


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle of cells."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Rectangles by pane name (`sidebar head transcript below composer dock panel status footer
    tiny`); a pane that is missing is not shown. `columns` is 3, 2, 1 or 0."""

    columns: int
    rects: dict[str, Rect] = field(default_factory=dict)


def sidebar_width(width: int) -> int:
    """The sidebar's cells at a screen width of 80 or more."""
    if width >= 160:
        return 36
    if width >= 120:
        return 30
    return 28 if width >= 100 else 23


def panel_width(width: int) -> int:
    """The plan pane's cells."""
    if width >= 160:
        return 36
    return 29 if width >= 120 else 32


def arrange(
    width: int,
    height: int,
    *,
    dock: int = 0,
    narrow: bool = False,
    aside: bool = False,
    composer: int = 1,
    alone: bool = False,
    panel: bool | None = None,
    pane: str = "transcript",
) -> Layout:
    """The layout of the main screen.

    `dock` is the height that an open dock wants, 0 without one; a `narrow` one stays below the
    transcript and leaves the plan pane alone, one that stands `aside` takes one row, that of the
    composer, and no other row moves. `composer` is the rows of the composer. `alone`
    shows the transcript alone. `panel` is what the operator chose for the plan pane, None for the
    default of this width. On a one-pane screen `pane` names what is shown; a dock waits meanwhile.
    """
    if width < MIN_WIDTH or height < MIN_HEIGHT:
        return Layout(0, {"tiny": Rect(0, 0, max(1, width), max(1, height))})
    footer = 1 if height >= 12 else 0
    body = height - 1 - footer
    rects: dict[str, Rect] = {"status": Rect(0, body, width, 1)}
    if footer:
        rects["footer"] = Rect(0, height - 1, width, 1)
    one_pane = width < 80
    columns = 1 if one_pane else 3 if width >= 120 else 2
    left = 0
    right = width
    if one_pane and pane == "sidebar":
        rects["sidebar"] = Rect(0, 0, width, body)
        return Layout(columns, rects)
    if one_pane and pane == "panel":
        # The head row says whose plan it is, and that somebody waits.
        rects["head"] = Rect(0, 0, width, 1)
        rects["panel"] = Rect(0, 1, width, body - 1)
        return Layout(columns, rects)
    if not one_pane and not alone:
        beside = width >= 120 if panel is None else panel
        if beside:
            right = width - panel_width(width)
            rects["panel"] = Rect(right, 0, width - right, body)
        if width >= 120 or not beside:
            left = sidebar_width(width)
            rects["sidebar"] = Rect(0, 0, left, body)
    _middle(
        rects,
        left,
        right,
        width,
        body,
        dock=dock,
        narrow=narrow,
        aside=aside,
        composer=composer,
        tall=height >= 20,
    )
    return Layout(columns, rects)


def _middle(
    rects: dict[str, Rect],
    left: int,
    right: int,
    width: int,
    body: int,
    *,
    dock: int,
    narrow: bool,
    aside: bool,
    composer: int,
    tall: bool,
) -> None:
    """Head, transcript, and below it the line of what is new and the composer, or a dock."""
    whole = width < 100
    if dock and aside:
        composer = 1
    elif dock and whole and not narrow:
        # What waits for a human takes the whole width; so does the text that it is about.
        left = 0
        rects.pop("sidebar", None)
    inner = right - left
    top = 2 if tall else 1
    if dock and not aside:
        high = max(1, min(dock, body - (4 if body > 16 else 2)))
        at = body - high
        top = top if at > 8 else 1
        rects["head"] = Rect(left, 0, inner, min(top, at))
        wide = inner if narrow else width - left
        rects["dock"] = Rect(0 if whole else left, at, width if whole else wide, high)
        rects["transcript"] = Rect(left, min(top, at), inner, max(0, at - top))
        if "panel" in rects and (width < 120 or not narrow):
            panel = rects["panel"]
            rects["panel"] = Rect(panel.x, panel.y, panel.width, at)
        if whole and "sidebar" in rects:
            side = rects["sidebar"]
            rects["sidebar"] = Rect(side.x, side.y, side.width, at)
        return
    rows = max(1, min(composer, 6, body - top - 2))
    rects["head"] = Rect(left, 0, inner, top)
    gap = 1 if tall else 0
    end = body - rows - gap
    rects["transcript"] = Rect(left, top, inner, max(1, end - top))
    if gap:
        rects["below"] = Rect(left, end, inner, 1)
    rects["dock" if dock else "composer"] = Rect(left, body - rows, inner, rows)
