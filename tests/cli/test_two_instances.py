"""P13 with two real programs on one history: one runs a session, the other follows it."""

import os
import subprocess
import sys
from pathlib import Path

from das_tui.domain.session import State
from das_tui.store.store import Store
from tests.cli.conftest import Run
from tests.cli.serving import serving
from tests.pseudo_terminal import started

KEYS = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "demo", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "demo"}


def test_two_programs_share_a_history(run: Run, home: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "data" / "das-tui" / "history.db"
    with serving("--rate", "40") as url:
        where = {"DAS_TUI_DAS_ENDPOINT": url, "DAS_TUI_DMS_ENDPOINT": url, **KEYS}
        with started(home | where, "--ask", "first of two", "--service", "dms") as app:
            app.shows("first of two", "live")
            store = Store.open(path, read_only=True)
            (row,) = store.sessions()
            app.until(lambda: bool(store.get(row.key).session_id))
            row = store.get(row.key)
            # The second program sees it, but may not run it.
            refused = run("ask", "--session", row.session_id, "me too", env=where)
            assert refused.returncode == 2
            assert b"Another instance" in refused.stderr
            with started(home | where, size=(120, 40)) as other:
                other.shows("first of two", "live")
                before = store.get(row.key).records
                other.until(lambda: store.get(row.key).records > before + 40)
                other.shows("live")
                # Both work at once: the second asks in a session of its own.
                asked = subprocess.Popen(
                    [sys.executable, "-m", "das_tui", "ask", "--service", "dms", "second of two"],
                    env=home | where,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
                other.shows("first of two", "second of two")
                app.shows("first of two", "second of two")
                asked.terminate()
                assert asked.wait(30) == 143
                other.press("q")
                assert other.ended() == 0
            app.press("q")
            assert app.ended() == 0
        for found in store.sessions():
            positions = [record.position for record in store.load(found.key)]
            assert positions == list(range(1, len(positions) + 1))
            assert found.records == len(positions)
            assert found.state is State.LIVE
        assert len(store.sessions()) == 2
        assert store._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        store.close()
    assert os.listdir(f"{path}-runs") == []
