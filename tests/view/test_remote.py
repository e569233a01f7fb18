"""The row of the sidebar that tells of more sessions at the service."""

from das_tui.domain.session import Session
from das_tui.view import sidebar
from das_tui.view.listing import Listing
from das_tui.view.remote import with_more


def drawn(count: int, height: int) -> list[sidebar.SideRow]:
    sessions = [
        Session(key=str(n), service="dms", title=f"s{n}", target="rides") for n in range(count)
    ]
    listing = Listing()
    for one in sessions:
        listing.put(one)
    return sidebar.rows(listing, {one.key: one for one in sessions}, 30, height)


def test_it_stands_below_the_last_session() -> None:
    rows = with_more(drawn(3, 12), "2 more pages", "B", 30)
    assert [row.row.text.strip() for row in rows[5:8]] == ["s0", "", "B 2 more pages"] or (
        rows[7].row.text.strip() == "B 2 more pages" and not rows[6].row.spans
    )
    assert len(rows) == 12
    assert all(row.row.width <= 30 for row in rows)


def test_it_needs_room_and_something_to_say() -> None:
    full = drawn(30, 12)
    assert with_more(full, "2 more pages", "B", 30) == full
    assert with_more(drawn(3, 12), "", "B", 30) == drawn(3, 12)
    assert with_more(drawn(0, 12), "2 more pages", "B", 30) == drawn(0, 12)
