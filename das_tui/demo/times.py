"""Times as the answers have them."""

from datetime import UTC, datetime


def milliseconds(at: float) -> int:
    """UNIX seconds as whole milliseconds."""
    return int(at * 1000)


def timestamp(at: float) -> str:
    """UNIX seconds as text, UTC."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
