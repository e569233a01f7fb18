"""The judges of secrets and of isolation can say no."""

import base64
import os
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.rig import canaries, isolation


@pytest.mark.parametrize("name", canaries.CANARIES)
def test_a_secret_is_found_in_every_spelling(name: str) -> None:
    value = canaries.CANARIES[name]
    raw = value.encode()
    for spelled in (raw, quote(value, safe="").encode(), base64.b64encode(raw), raw.hex().encode()):
        assert canaries.hits(b"before " + spelled + b" after") == [name]
    assert canaries.hits(raw[:-1]) == []


def test_a_file_with_a_secret_or_open_to_others_is_found(tmp_path: Path) -> None:
    found = canaries.Found()
    (tmp_path / "fine").write_text("nothing")
    (tmp_path / "fine").chmod(0o600)
    (tmp_path / "log").write_text(f"x{canaries.SECRET}x")
    (tmp_path / "log").chmod(0o640)
    (tmp_path / canaries.API_KEY).mkdir(0o700)
    (tmp_path / canaries.API_KEY).chmod(0o755)
    found.look(tmp_path)
    assert sorted(found.hits) == [f"{canaries.API_KEY}: API key", "log: secret"]
    assert sorted(found.modes) == [f"{canaries.API_KEY}: 755", "log: 640"]


def test_a_secret_in_a_process_is_found() -> None:
    found = canaries.Found()
    watch = canaries.Processes(found)
    watch.start()
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'])"
    child = subprocess.Popen(
        [sys.executable, "-c", code, canaries.SECRET],
        stdin=subprocess.PIPE,
        env={**os.environ, "TOKEN": canaries.TOKEN},
    )
    wanted = {"cmdline of a process: secret", "environ of a process: token"}
    try:
        for _ in range(2000):
            if wanted <= set(found.hits) or watch.join(0.01):
                break
    finally:
        child.communicate(b"\n")
        watch.close()
    assert wanted <= set(found.hits)


def test_a_read_in_the_folder_is_noticed(tmp_path: Path) -> None:
    here = isolation.hostile(tmp_path)
    with isolation.watching([here], isolation._OPENED) as watch:
        assert watch.seen() == []
        (here / ".aliyun" / "config.json").read_text()
        assert here / ".aliyun" / "config.json" in watch.seen()


def test_a_write_through_a_link_is_noticed(tmp_path: Path) -> None:
    victims = tmp_path / "victims"
    planted = isolation.plant(tmp_path / "home", victims)
    before = isolation.state_of(victims)
    with isolation.watching([victims], isolation._CHANGED) as watch:
        planted[0].chmod(0o600)
        planted[5].write_text("mine")
        seen = {place.name for place in watch.seen()}
    assert seen == {f"{place}-{planted[place].name}" for place in (0, 5)}
    after = isolation.state_of(victims)
    assert {name for name in after if after[name] != before[name]} == seen
    assert all(stat.S_ISLNK(place.lstat().st_mode) for place in planted)
