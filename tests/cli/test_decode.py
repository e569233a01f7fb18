import json
import os
import selectors
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run

SAMPLES = {
    "das_diagnose.sse": ("das", 0),
    "das_error.sse": ("das", 1),
    "das_chat_agui.sse": ("chat", 0),
    "dms_analysis_full.sse": ("dms", 0),
    "dms_plan_confirm.sse": ("dms", 0),
    "dms_sql_confirm.sse": ("dms", 0),
    "dms_failure.sse": ("dms", 1),
}
KEYS = ["type", "seq", "session", "level", "checkpoint", "category", "text", "wire"]


def lines(output: bytes) -> list[dict[str, Any]]:
    assert output.isascii()
    assert b"\r" not in output
    return [json.loads(line) for line in output.splitlines()]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_recorded_stream_becomes_one_line_a_frame(run: Run, data: Path, name: str) -> None:
    service, code = SAMPLES[name]
    done = run("decode", "--service", service, str(data / name))
    assert done.returncode == code, done.stderr
    assert done.stderr == b""
    printed = lines(done.stdout)
    payloads = [
        line.removeprefix("data:").lstrip(" ")
        for line in (data / name).read_text().splitlines()
        if line.startswith("data:")
    ]
    assert [line["seq"] for line in printed] == list(range(1, len(payloads) + 1))
    for line, payload in zip(printed, payloads, strict=True):
        assert list(line) == KEYS
        if payload == "[DONE]":
            assert (line["type"], line["wire"]) == ("done", None)
        else:
            assert line["wire"] == json.loads(payload)


def test_the_fields_are_those_of_the_payload(run: Run, data: Path) -> None:
    das = lines(run("decode", "--service", "das", str(data / "das_diagnose.sse")).stdout)
    assert {line["session"] for line in das} == {das[0]["wire"]["Id"]}
    assert das[-1]["type"] == "usage_reported"
    answers = [line for line in das if line["wire"]["Answer"]]
    assert [line["text"] for line in answers] == [line["wire"]["Answer"] for line in answers]
    dms = lines(run("decode", "--service", "dms", str(data / "dms_plan_confirm.sse")).stdout)
    assert {line["session"] for line in dms} == {""}
    for line in dms:
        assert line["level"] == line["wire"].get("level")
        assert line["checkpoint"] == line["wire"].get("checkpoint")
    assert [line["category"] for line in dms if line["type"] == "human_asked"] == ["ask_plan"]


@pytest.mark.parametrize("name", ["das_diagnose.sse", "dms_sql_confirm.sse", "das_chat_agui.sse"])
@pytest.mark.parametrize("ends", [b"\n", b"\r\n", b"\r"])
def test_line_ends_and_a_byte_order_mark_make_no_difference(
    run: Run, data: Path, name: str, ends: bytes
) -> None:
    body = (data / name).read_bytes()
    plain = run("decode", "--service", SAMPLES[name][0], "-", input=body)
    other = b"\xef\xbb\xbf" + body.replace(b"\n", ends)
    assert run("decode", "--service", SAMPLES[name][0], "-", input=other).stdout == plain.stdout
    assert len(plain.stdout.splitlines()) > 5


def test_one_byte_at_a_time_prints_the_same_and_at_once(home: dict[str, str], data: Path) -> None:
    body = (data / "dms_failure.sse").read_bytes()
    child = subprocess.Popen(
        [sys.executable, "-m", "das_tui", "decode", "--service", "dms", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=home,
        bufsize=0,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    first = body.index(b"\n\n") + 2
    for place in range(first):
        child.stdin.write(body[place : place + 1])
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        assert selector.select(20), "the first line waits for the second event"
    begun = os.read(child.stdout.fileno(), 65536)
    for place in range(first, len(body)):
        child.stdin.write(body[place : place + 1])
    child.stdin.close()
    rest = child.stdout.read()
    child.stdout.close()
    assert child.wait(20) == 1
    whole = subprocess.run(
        [sys.executable, "-m", "das_tui", "decode", "--service", "dms", "-"],
        input=body,
        capture_output=True,
        env=home,
        check=False,
    )
    assert begun + rest == whole.stdout
    assert len(whole.stdout.splitlines()) > 5


def test_what_is_no_object_is_a_malformed_line_and_the_rest_goes_on(run: Run) -> None:
    body = b'data: {"broken\n\ndata: [1]\n\ndata: {"Answer": "on", "Event": "agent_message"}\n\n'
    done = run("decode", "--service", "das", "-", input=body)
    assert done.returncode == 1
    printed = lines(done.stdout)
    assert [line["type"] for line in printed] == ["malformed", "malformed", "text_appended"]
    assert [line["text"] for line in printed] == ['{"broken', "[1]", "on"]
    assert [line["wire"] for line in printed[:2]] == [None, None]


def test_the_payload_is_printed_as_it_was_written(run: Run) -> None:
    payload = (
        '{"Answer":"\\ud83d é \u202e","Event":"agent_message","a":1.0,"a":1e400,'
        '"big":123456789012345678901234567890}'
    )
    done = run("decode", "--service", "das", "-", input=f"data:{payload}\n\n".encode())
    assert done.returncode == 0
    written = (
        '"wire": {"Answer":"\\ud83d \\u00e9 \\u202e","Event":"agent_message","a":1.0,'
        '"a":1e400,"big":123456789012345678901234567890}}'
    )
    assert done.stdout.decode().rstrip("\n").endswith(written)
    assert lines(done.stdout)[0]["text"] == "\ufffd é \u202e"


def test_an_event_cut_off_at_the_end_is_said(run: Run) -> None:
    body = b'data: {"Answer": "a", "Event": "agent_message"}\n\ndata: {"Answ'
    done = run("decode", "--service", "das", "-", input=body)
    assert done.returncode == 0
    assert len(lines(done.stdout)) == 1
    assert b"cut off" in done.stderr


def test_empty_input_prints_nothing(run: Run) -> None:
    done = run("decode", "--service", "dms", "-", input=b"")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
