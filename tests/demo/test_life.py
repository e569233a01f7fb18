"""The service over time: runs that nobody listens to, restarts, the process and its end."""

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from das_tui.demo import past
from das_tui.demo.child import KEY_ID_VARIABLE, KEY_SECRET_VARIABLE, Service
from das_tui.demo.config import ServiceConfig
from das_tui.demo.serve import run
from das_tui.demo.sessions import DmsSession, Hub
from das_tui.demo.stories import WEB

from .conftest import DAS, Caller, Start, kinds

BEGAN = 1_768_465_800.0


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = BEGAN

    def __call__(self) -> float:
        return self.now


def told(hub: Hub, session: DmsSession) -> list[str]:
    """The events of a session up to now."""
    frames = [frame for _, frame in session.history(hub.clock(), hub.config)]
    return [json.loads(frame.data)["event_type"] for frame in frames]


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_run_goes_on_whether_somebody_listens_or_not(clock: Clock) -> None:
    hub = Hub(ServiceConfig(seed=1), clock)
    session = hub.create("routes", {})
    hub.send(session, "What do routes cost per parcel?", "primary", "parcel_depot")
    counts = []
    for seconds in (1, 10, 60, 100, 300):
        clock.now = BEGAN + seconds
        counts.append(len(told(hub, session)))
        assert session.running(clock.now) is (seconds < 300)
    assert counts == sorted(set(counts))
    assert told(hub, session)[-1] == "chat_finish"


def test_speed_divides_the_delays(clock: Clock) -> None:
    def after_two_seconds(speed: float) -> int:
        clock.now = BEGAN
        hub = Hub(ServiceConfig(seed=1, speed=speed), clock)
        session = hub.create("", {})
        hub.send(session, "Which ten teas sell best?", "primary", "")
        clock.now = BEGAN + 2
        return len(told(hub, session))

    slow, usual, quick, at_once = (after_two_seconds(speed) for speed in (0.5, 1, 2, 0))
    assert slow < usual < quick < at_once


def test_a_restarted_service_goes_on_where_it_was(clock: Clock, tmp_path: Path) -> None:
    config = ServiceConfig(state_file=tmp_path / "state.json")
    hub = Hub(config, clock)
    session = hub.create("empty", {})
    hub.send(session, "Why do riders find empty stations?", "primary", "harbor_bikes")
    clock.now += 60
    assert session.asks(clock.now)
    hub.send(session, "确认执行", "primary", "")
    stopped = hub.create("routes", {})
    hub.send(stopped, "What do routes cost per parcel?", "primary", "parcel_depot")
    asked, _ = hub.ask_das("", "CPU of rm-demoharbor01?")
    clock.now += 20
    assert hub.cancel(stopped)
    assert not hub.cancel(stopped)
    before = list(session.history(clock.now, config))
    ended = list(stopped.history(clock.now, config))

    again = Hub(config, clock)
    found = again.dms[session.session_id]
    assert list(found.history(clock.now, config)) == before
    assert found.running(clock.now)
    assert list(again.dms[stopped.session_id].history(clock.now, config)) == ended
    assert told(again, again.dms[stopped.session_id])[-1] == "chat_canceled"
    _, name = again.ask_das(asked.session_id, "And the limit?")
    assert name == "follow:diagnosis"
    clock.now += 200
    later = list(found.history(clock.now, config))
    assert later[: len(before)] == before
    assert json.loads(later[-1][1].data)["category"] == "ask_sql"


def test_the_state_file_is_private_and_whole(clock: Clock, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    before = os.umask(0)
    try:
        hub = Hub(ServiceConfig(state_file=path), clock)
        hub.create("one", {})
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["state.json"]
    kept = json.loads(path.read_text())
    assert len(kept["dms"]) == len(past.dms_sessions(BEGAN)) + 1
    path.write_text(path.read_text()[:100])
    damaged = Hub(ServiceConfig(state_file=path), clock)
    assert len(damaged.dms) == len(past.dms_sessions(BEGAN))


def test_the_older_sessions_can_be_answered_and_followed(start: Start, tmp_path: Path) -> None:
    service = start(state_file=tmp_path / "state.json")
    caller = Caller(service.url)
    known = {session.title: session for session in past.sessions()}
    waits = known["晚点包裹 三月"]
    ids = (waits.session_id, waits.agent_id)
    assert caller.say(ids, "不执行当前SQL")["Success"] == "true"
    refused = caller.read(ids)
    assert "Nothing was written" in "".join(event["content"] for event in refused)
    cut = known["Revenue 24/25"]
    rest = caller.read((cut.session_id, cut.agent_id), 210)
    assert kinds(rest)[-2:] == ["chat_finish", "SSE_FINISH"]
    titles = caller.post("ListDataAgentSession", {"PageSize": "50"}).json()["Data"]
    ours = {session.title for session in known.values() if session.service == "dms"}
    assert {row["Title"] for row in titles} == ours | {s.title for s in WEB if not s.workspace}


# --- the process ---------------------------------------------------------------------------------

_PROGRAM = """
import sys
from das_tui.demo.config import ServiceConfig
from das_tui.demo.serve import run
def say(url):
    print("listening on", url, flush=True)
run(ServiceConfig(speed=0.001, until_stdin_closes=sys.argv[1] == "watch"), say)
"""


def process(home: dict[str, str], mode: str) -> tuple[subprocess.Popen[bytes], str]:
    child = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, mode],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=home,
    )
    assert child.stdout is not None
    return child, child.stdout.readline().decode().strip().removeprefix("listening on ")


@pytest.mark.parametrize("way", ["TERM", "INT", "EOF"])
def test_it_ends_promptly_with_open_streams(home: dict[str, str], way: str) -> None:
    child, url = process(home, "watch" if way == "EOF" else "stay")
    with Caller(url).open("GetDasAgentSSE", {"Query": "hello"}, DAS) as response:
        assert response.status_code == 200
        if way == "EOF":
            assert child.stdin is not None
            child.stdin.close()
        else:
            child.send_signal(signal.SIGTERM if way == "TERM" else signal.SIGINT)
        code = child.wait(timeout=4)
    assert child.stderr is not None
    assert child.stderr.read() == b""
    assert code in {"TERM": {-signal.SIGTERM}, "INT": {0, -signal.SIGINT}, "EOF": {0}}[way]
    assert child.stdout is not None
    assert child.stdout.read() == b""
    for pipe in (child.stdin, child.stdout, child.stderr):
        if pipe is not None:
            pipe.close()


def test_the_demo_starts_it_as_a_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "canary")
    with Service.start(state_file=tmp_path / "state.json", speed=1000.0) as child:
        assert child.access_key_secret != "demo"
        command = Path(f"/proc/{child.pid}/cmdline")
        if command.exists():
            words = command.read_bytes()
            assert child.access_key_secret.encode() not in words
            environment = Path(f"/proc/{child.pid}/environ").read_bytes()
            assert b"canary" not in environment
            assert KEY_ID_VARIABLE.encode() in environment
            assert KEY_SECRET_VARIABLE.encode() in environment
        caller = Caller(child.url, child.access_key_id, child.access_key_secret)
        assert caller.post("ListDataAgentSession").json()["Total"] == 14
        assert Caller(child.url).post("ListDataAgentSession").status_code == 404
    with pytest.raises(httpx.ConnectError):
        caller.post("ListDataAgentSession")
    child.close()


def test_a_child_that_cannot_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no scenario 'nonsense'"):
        Service.start(scenario="nonsense")


def test_plain_http_stays_on_loopback() -> None:
    with pytest.raises(ValueError, match="loopback only"):
        run(ServiceConfig(host="0.0.0.0"), lambda url: None)
