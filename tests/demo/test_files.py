"""Links and uploads of the service, where they are misused, slow, or cut."""

import json
import struct
import time
import zipfile
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from das_tui.demo import multipart
from das_tui.demo.serve import Background
from das_tui.demo.stories import WEB

from .conftest import Caller, Start


def listed(caller: Caller, session_id: str = "", **more: str) -> list[dict[str, Any]]:
    params = {"SessionId": session_id, **more}
    body = caller.post("ListFileUpload", {n: v for n, v in params.items() if v}).json()
    assert body["Success"] is True, body
    found: list[dict[str, Any]] = body["Data"]
    return found


def get(link: str, method: str = "GET") -> httpx.Response:
    return httpx.request(method, link, trust_env=False)


def refused(response: httpx.Response) -> tuple[int, str]:
    """The status and the code of an answer of the storage."""
    assert response.headers["content-type"].startswith("application/xml")
    return response.status_code, response.text.split("<Code>")[1].split("</Code>")[0]


@pytest.fixture
def link(fast: Background, caller: Caller) -> str:
    """A good link to a file of 300,000 bytes."""
    ids = caller.ask("Which ten teas sell best?")
    fast.files.add(ids[0], "teas.bin", b"tea" * 100_000)
    return str(listed(caller, ids[0])[0]["DownloadLink"])


def test_a_link_opens_its_file_alone(link: str) -> None:
    whole = get(link)
    assert whole.content == b"tea" * 100_000
    assert whole.headers["content-length"] == "300000"
    query = parse_qs(urlsplit(link).query)
    assert set(query) == {"Expires", "OSSAccessKeyId", "Signature"}
    bare = link.partition("?")[0]
    assert refused(get(bare)) == (403, "AccessDenied")
    assert refused(get(link, "POST")) == (403, "AccessDenied")
    assert refused(get(f"{link}x")) == (403, "SignatureDoesNotMatch")
    assert refused(get(link.replace("/files/f-", "/files/f-0"))) == (403, "SignatureDoesNotMatch")
    until = query["Expires"][0]
    later = link.replace(f"Expires={until}", f"Expires={int(until) + 1}")
    assert refused(get(later)) == (403, "SignatureDoesNotMatch")
    other = link.replace("OSSAccessKeyId=demo-link", "OSSAccessKeyId=x")
    assert refused(get(other)) == (403, "InvalidAccessKeyId")


def test_a_link_ends(fast: Background, link: str) -> None:
    file_id = urlsplit(link).path.rpartition("/")[2]
    past = fast.files.link(file_id, fast.url, int(time.time()) - 1)
    assert refused(get(past)) == (403, "AccessDenied")
    assert "expired" in get(past).text
    nothing = fast.files.link("f-nothing", fast.url, int(time.time()) + 60)
    assert refused(get(nothing)) == (404, "NoSuchKey")


def test_how_long_a_link_may_last(caller: Caller) -> None:
    ids = caller.ask("Write the weekly report of week 52.")
    row = listed(caller, ids[0], DownloadLinkExpire="129600")[0]
    until = int(parse_qs(urlsplit(row["DownloadLink"]).query)["Expires"][0])
    assert 129_000 < until - time.time() <= 129_600
    for seconds in ("60", "129601"):
        answer = caller.post("ListFileUpload", {"DownloadLinkExpire": seconds})
        assert answer.json()["Code"] == "InvalidParameter"


def test_a_download_can_be_cut(start: Start) -> None:
    service = start(cut_files_after=100_000)
    caller = Caller(service.url)
    ids = caller.ask("Which ten teas sell best?")
    service.files.add(ids[0], "teas.bin", b"tea" * 100_000)
    got = b""
    row = listed(caller, ids[0])[0]
    with httpx.stream("GET", row["DownloadLink"], trust_env=False) as answer:
        assert answer.headers["content-length"] == "300000"
        pieces = answer.iter_bytes()
        while len(got) < 100_000:
            got += next(pieces)
        with pytest.raises(httpx.RemoteProtocolError):
            next(pieces)
    assert len(got) == 100_000


def test_files_come_a_moment_after_their_announcement(start: Start) -> None:
    service = start(speed=1.0, files_after=30.0)
    caller = Caller(service.url)
    now = time.time()
    service.hub.clock = lambda: now
    ids = caller.ask("Write the weekly report of week 52.")
    session = service.hub.dms[ids[0]]
    end = session.turns[0].seconds
    for seconds, names in ((end + 1, []), (end + 31, ["week_52.html"])):
        service.hub.clock = lambda moment=now + seconds: moment  # type: ignore[misc]
        assert not session.running(service.hub.clock())
        found = service.files.of_session(session)
        assert [file.name for file in found] == names


def test_what_an_agent_writes_is_whole(start: Start) -> None:
    service = start()
    caller = Caller(service.url)
    ids = caller.ask("x")
    for name in ("a.png", "a.xlsx", "a.json", "a.html", "a.md", "a.odd"):
        service.hub.dms[ids[0]].extra.append(name)
    data = {row["FileType"]: get(row["DownloadLink"]).content for row in listed(caller, ids[0])}
    assert set(data) == {"png", "xlsx", "json", "html", "md", "odd"}
    width, height = struct.unpack(">II", data["png"][16:24])
    at = data["png"].index(b"IDAT")
    (length,) = struct.unpack(">I", data["png"][at - 4 : at])
    assert len(zlib.decompress(data["png"][at + 4 : at + 4 + length])) == height * (3 * width + 1)
    with zipfile.ZipFile(BytesIO(data["xlsx"])) as book:
        assert book.testzip() is None
        assert b"<row>" in book.read("xl/worksheets/sheet1.xml")
    assert json.loads(data["json"])["rows"]
    again = {row["FileType"]: get(row["DownloadLink"]).content for row in listed(caller, ids[0])}
    assert again == data


def test_the_play_back_of_a_session(fast: Background, caller: Caller) -> None:
    ids = caller.ask("Which ten teas sell best?")
    caller.read(ids)
    data = caller.post("DescribeDataAgentSession", {"SessionId": ids[0]}).json()["Data"]
    history = data["ChatHistoryLocations"][0]
    assert history["Key"] == f"history/{ids[0]}.jsonl"
    lines = get(history["Url"]).text.splitlines()
    assert [json.loads(line)["event_type"] for line in lines][-1] == "chat_finish"


def test_names_that_no_program_should_write(start: Start, tmp_path: Path) -> None:
    caller = Caller(start(state_file=tmp_path / "state.json").url)
    story = next(story for story in WEB if story.files)
    names = [row["FileName"] for row in listed(caller, f"sess_{story.name}")]
    assert sorted(names) == sorted([*story.files, "week_52.html"])
    assert any(name.startswith("../") for name in names)
    assert any("\x1b" in name for name in names)
    assert any(len(name) > 255 for name in names)
    assert len(names) - len(set(names)) == 1


# --- uploads -------------------------------------------------------------------------------------


def place(caller: Caller) -> tuple[str, dict[str, str]]:
    """Where to upload, and a good form for `rides.csv`."""
    data = caller.post("DescribeFileUploadSignature").json()["Data"]
    fields = {
        "key": f"{data['UploadDir']}/rides.csv",
        "policy": data["Policy"],
        "x-oss-signature-version": data["OssSignatureVersion"],
        "x-oss-credential": data["OssCredential"],
        "x-oss-date": data["OssDate"],
        "x-oss-signature": data["OssSignature"],
        "x-oss-security-token": data["OssSecurityToken"],
        "success_action_status": "200",
    }
    return data["UploadHost"], fields


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"key": "somewhere/else.csv"}, (403, "AccessDenied")),
        ({"policy": "e30="}, (403, "AccessDenied")),
        ({"x-oss-signature": "0" * 64}, (403, "AccessDenied")),
        ({"x-oss-security-token": "STS.guess"}, (403, "AccessDenied")),
        ({"x-oss-date": None}, (403, "AccessDenied")),
    ],
)
def test_an_upload_must_fit_its_policy(
    caller: Caller, change: dict[str, str | None], code: tuple[int, str]
) -> None:
    host, fields = place(caller)
    form = {name: value for name, value in (fields | change).items() if value is not None}
    answer = httpx.post(host, data=form, files={"file": ("r.csv", b"a,b\n")}, trust_env=False)
    assert refused(answer) == code
    location = str(form["key"])
    told = caller.post("FileUploadCallback", {"Filename": "r.csv", "UploadLocation": location})
    assert told.json()["ErrorCode"] == "FileNotFound"


def test_the_file_comes_last_and_whole(caller: Caller) -> None:
    host, fields = place(caller)
    first = {"file": ("r.csv", b"a\n")} | {name: (None, text) for name, text in fields.items()}
    answer = httpx.post(host, files=first, trust_env=False)
    assert refused(answer) == (400, "InvalidArgument")
    empty = httpx.post(host, data=fields, files={"file": ("r.csv", b"")}, trust_env=False)
    assert refused(empty) == (403, "AccessDenied")
    kind = "multipart/form-data; boundary=abc"
    cut = httpx.post(host, content=b"--abc\r\n", headers={"content-type": kind}, trust_env=False)
    assert refused(cut) == (400, "MalformedPOSTRequest")
    plain = httpx.post(host, data=fields, trust_env=False)
    assert refused(plain) == (400, "MalformedPOSTRequest")
    fields["success_action_status"] = "204"
    good = httpx.post(host, data=fields, files={"file": ("r.csv", b"a\n")}, trust_env=False)
    assert good.status_code == 204


def test_forms_are_read_as_bytes() -> None:
    data = bytes(range(256)) + b"\r\n--other\r\n"
    request = httpx.Request(
        "POST", "http://x/", data={"a": "é", "b": ""}, files={"file": ('q".bin', data)}
    )
    fields = multipart.read(request.headers["content-type"], request.read())
    assert [(f.name, f.filename is None) for f in fields] == [
        ("a", True),
        ("b", True),
        ("file", False),
    ]
    assert (fields[0].data.decode(), fields[1].data, fields[2].data) == ("é", b"", data)
    for kind in ("text/plain", "multipart/form-data", "multipart/form-data; boundary=q"):
        with pytest.raises(ValueError, match=r"\w"):
            multipart.read(kind, request.read())
