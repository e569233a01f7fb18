"""The statements about sessions that are put away or deleted; `Store` runs them."""

LISTED = "NOT archived AND deleted_at = 0"
"""Sessions that nobody put away."""

KEPT = "deleted_at = 0"
"""Sessions that are not deleted."""

DUE = "SELECT key FROM session WHERE deleted_at > 0 AND deleted_at < ? ORDER BY deleted_at"
"""Sessions that were deleted before a time."""
