-- How the operator tends sessions: what is pinned, what is deleted and still kept for a while, and
-- what came since they last looked.
--
-- `deleted_at` is 0 for a session that is not deleted. `fresh` counts the unread blocks by level,
-- `20:3 50:1 *:2`, where `*` are those that no threshold hides. `errors_seen` is what `errors` was
-- at the last look.

ALTER TABLE session ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN deleted_at REAL NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN errors_seen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN fresh TEXT NOT NULL DEFAULT '';

UPDATE session SET errors_seen = errors;
