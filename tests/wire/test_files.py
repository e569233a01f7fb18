"""Downloads and uploads over real sockets and a real disk."""

import asyncio
import errno
import itertools
import os
import stat

import pytest

from das_tui.wire import files
from das_tui.wire.credentials import Secret
from das_tui.wire.dms_lists import UploadPlace
from das_tui.wire.endpoint import Endpoint
from das_tui.wire.errors import (
    BadAnswer,
    InsecureEndpoint,
    LineBroken,
    NotReached,
    Refused,
    WireError,
)

SIGNED = "?Expires=9&OSSAccessKeyId=canaryId&Signature=canary%2Fsign%2Bed%3D"
CONTENT = bytes(range(256)) * 5000


def answer(body=b"", status="200 OK", length=None, **headers):
    size = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status}"]
    lines += [f"Content-Length: {size}"] if size >= 0 else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def names(folder, name="report.csv"):
    yield folder / name
    for number in itertools.count(2):
        yield folder / f"report ({number}).csv"


async def fetch(server, folder, path="/files/canary-id", **options):
    link = Secret(f"{server.url}{path}{SIGNED}")
    return await files.download(link, names(folder), endpoint=Endpoint(server.url), **options)


async def failure(asked, kind=WireError):
    """The error of a transfer, after checking that it tells nothing of a link or a leave."""
    with pytest.raises(kind) as caught:
        await asked
    error = caught.value
    for shown in (error.title, error.text, error.way_out, error.fact, str(error), repr(error)):
        assert "canary" not in shown.lower()
    assert error.safe
    return error


# --- download ------------------------------------------------------------------------------------


async def test_a_file_comes_whole_with_its_progress(serve, tmp_path):
    server = await serve(answer(CONTENT))
    told = []
    path = await fetch(server, tmp_path, progress=lambda *numbers: told.append(numbers))
    assert path == tmp_path / "report.csv"
    assert path.read_bytes() == CONTENT
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_nlink == 1
    assert os.listdir(tmp_path) == ["report.csv"]
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert [received for received, _ in told] == sorted(received for received, _ in told)
    (seen,) = server.seen
    assert (seen.method, seen.target) == ("GET", f"/files/canary-id{SIGNED}")
    assert seen.headers["accept-encoding"] == "identity"
    assert not [name for name in seen.headers if name.startswith("x-") or name == "authorization"]


async def test_a_chunked_file_tells_no_size(serve, tmp_path):
    chunks = b"4\r\nabcd\r\n0\r\n\r\n"
    server = await serve(answer(chunks, length=-1, Transfer_Encoding="chunked"))
    told = []
    path = await fetch(server, tmp_path, progress=lambda *numbers: told.append(numbers))
    assert path.read_bytes() == b"abcd"
    assert told == [(4, None)]


async def test_an_empty_file(serve, tmp_path):
    assert (await fetch(await serve(answer()), tmp_path)).read_bytes() == b""


async def test_nothing_is_overwritten(serve, tmp_path):
    server = await serve(answer(b"new"))
    (tmp_path / "report.csv").write_bytes(b"mine")
    (tmp_path / "report (2).csv").symlink_to(tmp_path / "nowhere")
    (tmp_path / "report (3).csv.part").write_bytes(b"another download")
    path = await fetch(server, tmp_path)
    assert path.name == "report (4).csv"
    assert (tmp_path / "report.csv").read_bytes() == b"mine"
    assert not (tmp_path / "nowhere").exists()
    assert (tmp_path / "report (3).csv.part").read_bytes() == b"another download"


@pytest.mark.parametrize("links", [True, False])
async def test_a_name_that_is_taken_meanwhile_is_left_alone(serve, tmp_path, monkeypatch, links):
    if not links:

        def refused(*_, **__):
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))

        monkeypatch.setattr(os, "link", refused)

    async def slow(request, writer):
        (tmp_path / "report.csv").write_bytes(b"mine")
        writer.write(answer(b"new"))
        await writer.drain()

    path = await fetch(await serve(slow), tmp_path)
    assert path.name == "report (2).csv"
    assert path.read_bytes() == b"new"
    assert (tmp_path / "report.csv").read_bytes() == b"mine"
    assert sorted(os.listdir(tmp_path)) == ["report (2).csv", "report.csv"]


async def test_while_it_comes_it_is_a_part_for_the_owner_alone(serve, tmp_path):
    there, go = asyncio.Event(), asyncio.Event()

    async def slow(request, writer):
        writer.write(answer(b"first", length=10))
        await writer.drain()
        await go.wait()
        writer.write(b"later")
        await writer.drain()

    server = await serve(slow)
    old = os.umask(0)
    try:
        task = asyncio.create_task(fetch(server, tmp_path, progress=lambda *_: there.set()))
        async with asyncio.timeout(20):
            await there.wait()
        assert os.listdir(tmp_path) == ["report.csv.part"]
        part = tmp_path / "report.csv.part"
        assert stat.S_IMODE(part.stat().st_mode) == 0o600
        go.set()
        assert (await task).read_bytes() == b"firstlater"
    finally:
        os.umask(old)


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        (answer(b"short", length=9), LineBroken, "closed in the middle, after 5 bytes"),
        (answer(b"x", length=-1), BadAnswer, "how long"),
        (answer(b"x", Content_Encoding="gzip"), BadAnswer, "compressed"),
        (answer(b"x" * 11), BadAnswer, "larger"),
        (
            answer(b"b\r\nxxxxxxxxxxx\r\n0\r\n\r\n", length=-1, Transfer_Encoding="chunked"),
            BadAnswer,
            "larger",
        ),
        (b"", LineBroken, "closed"),
        (b"\x00garbage\r\n\r\n", LineBroken, "closed"),
        (answer(status="302 Found", Location="https://evil/canary"), BadAnswer, "not followed"),
        (answer(b"<html>canary", status="502 Bad"), Refused, "storage"),
    ],
)
async def test_what_does_not_come_leaves_nothing(serve, tmp_path, given, kind, words):
    server = await serve(given)
    error = await failure(fetch(server, tmp_path, limit=10), kind)
    assert words in error.text
    assert os.listdir(tmp_path) == []
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        ("403 Forbidden", "AccessDenied", "over"),
        ("403 Forbidden", "SignatureDoesNotMatch", "over"),
        ("404 Not Found", "NoSuchKey", "no such file"),
        ("503 Busy", "SlowDown", "refused"),
    ],
)
async def test_the_storage_refuses(serve, tmp_path, status, code, words):
    body = (
        f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>canary expired</Message>"
        "<OSSAccessKeyId>canaryId</OSSAccessKeyId><RequestId>R-7</RequestId></Error>"
    ).encode()
    server = await serve(answer(body, status=status, Content_Type="application/xml"))
    error = await failure(fetch(server, tmp_path), Refused)
    assert (error.status, error.code, error.request_id) == (int(status[:3]), code, "R-7")
    assert words in error.text
    assert os.listdir(tmp_path) == []


async def test_a_line_that_falls_silent_is_given_up(serve, tmp_path):
    async def stop(request, writer):
        writer.write(answer(b"some", length=99))
        await writer.drain()
        await request.gone()

    error = await failure(fetch(await serve(stop), tmp_path, silence=0.2), LineBroken)
    assert "stopped sending" in error.text
    assert os.listdir(tmp_path) == []


async def test_nobody_there(tmp_path):
    link = Secret(f"http://127.0.0.1:9/files/x{SIGNED}")
    asked = files.download(link, names(tmp_path), endpoint=Endpoint("http://127.0.0.1:9"))
    assert (await failure(asked, NotReached)).reached is False
    assert os.listdir(tmp_path) == []


async def test_a_download_that_is_cancelled_leaves_nothing(serve, tmp_path):
    there = asyncio.Event()

    async def stop(request, writer):
        writer.write(answer(b"some", length=99))
        await writer.drain()
        await request.gone()

    server = await serve(stop)
    task = asyncio.create_task(fetch(server, tmp_path, progress=lambda *_: there.set()))
    async with asyncio.timeout(20):
        await there.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.closed.wait()
    assert os.listdir(tmp_path) == []


async def test_a_disk_that_refuses(serve, tmp_path):
    server = await serve(answer(b"x"))
    with pytest.raises(OSError, match="No such file") as caught:
        await fetch(server, tmp_path / "gone")
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("link", "service", "trusted"),
    [
        ("http://bucket.oss-cn-hangzhou.aliyuncs.com/canary", "https://dms.a.aliyuncs.com", ()),
        ("https://evil.example/canary", "https://dms.a.aliyuncs.com", ()),
        ("https://aliyuncs.com.evil.example/canary", "https://dms.a.aliyuncs.com", ()),
        ("http://127.0.0.1:1/canary", "https://dms.a.aliyuncs.com", ()),
        ("https://localhost:1/canary", "https://dms.a.aliyuncs.com", ()),
        ("https://user:canary@bucket.aliyuncs.com/x", "https://dms.a.aliyuncs.com", ()),
        ("ftp://bucket.aliyuncs.com/canary", "https://dms.a.aliyuncs.com", ()),
        ("file:///etc/passwd?canary", "https://dms.a.aliyuncs.com", ()),
        ("canary", "https://dms.a.aliyuncs.com", ()),
        ("", "https://dms.a.aliyuncs.com", ()),
        ("https://[canary/x", "https://dms.a.aliyuncs.com", ()),
        ("http://files.mine/canary", "https://dms.a.aliyuncs.com", ("files.mine",)),
    ],
)
async def test_links_that_are_not_followed(tmp_path, link, service, trusted):
    endpoint = Endpoint(service, trusted=trusted)
    asked = files.download(Secret(link), names(tmp_path), endpoint=endpoint)
    error = await failure(asked, InsecureEndpoint)
    assert error.reached is False
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("link", "service", "trusted"),
    [
        ("https://bucket.oss-cn-hangzhou.aliyuncs.com/x?y", "https://dms.a.aliyuncs.com", ()),
        ("https://files.mine/x?y", "https://dms.mine", ("files.mine",)),
        ("https://dms.mine/x?y", "https://dms.mine/path", ()),
        ("http://127.0.0.1:1/x?y", "http://localhost:2", ()),
    ],
)
def test_links_that_are(link, service, trusted):
    there = files._allowed(link, Endpoint(service, ca_file="ca.pem", trusted=trusted), "link")
    assert there.ca_file == "ca.pem"
    assert "?" not in there.url


# --- upload --------------------------------------------------------------------------------------


def place(url):
    return UploadPlace(
        host=f"{url}/upload",
        folder="dms/1/",
        date="20260115T083000Z",
        version="OSS4-HMAC-SHA256",
        policy=Secret("canary-policy"),
        credential=Secret("canary-credential"),
        signature=Secret("canary-signature"),
        token=Secret("canary-token"),
    )


async def put(server, path, name="rides.csv", **options):
    return await files.upload(
        place(server.url), path, name, endpoint=Endpoint(server.url), **options
    )


def parts(seen):
    mark = seen.headers["content-type"].partition("boundary=")[2].encode()
    first, *found, last = seen.body.split(b"--" + mark)
    assert (first, last) == (b"", b"--\r\n")
    for part in found:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        yield head.decode(), content.removesuffix(b"\r\n")


async def test_an_upload_is_a_form_with_the_file_last(serve, tmp_path):
    (tmp_path / "x.csv").write_bytes(CONTENT)
    server = await serve(answer())
    told = []
    size = await put(server, tmp_path / "x.csv", progress=lambda *numbers: told.append(numbers))
    assert size == len(CONTENT)
    assert told[-1] == (len(CONTENT), len(CONTENT))
    (seen,) = server.seen
    assert (seen.method, seen.target) == ("POST", "/upload")
    assert int(seen.headers["content-length"]) == len(seen.body)
    assert "transfer-encoding" not in seen.headers
    found = list(parts(seen))
    assert [head.partition('name="')[2].partition('"')[0] for head, _ in found] == [
        "key",
        "policy",
        "x-oss-signature-version",
        "x-oss-credential",
        "x-oss-date",
        "x-oss-signature",
        "x-oss-security-token",
        "success_action_status",
        "file",
    ]
    assert found[0][1] == b"dms/1/rides.csv"
    assert found[7][1] == b"200"
    head, content = found[-1]
    assert 'filename="rides.csv"' in head
    assert content == CONTENT


async def test_a_file_name_cannot_leave_its_place(serve, tmp_path):
    (tmp_path / "x").write_bytes(b"content")
    server = await serve(answer())
    await put(server, tmp_path / "x", 'a"; name="policy.csv')
    head, content = list(parts(server.seen[0]))[-1]
    assert 'filename="a%22; name=%22policy.csv"' in head
    assert content == b"content"
    error = await failure(put(server, tmp_path / "x", "a\r\nb.csv"), BadAnswer)
    assert "line ends" in error.text
    assert len(server.seen) == 1


async def test_the_storage_refuses_an_upload(serve, tmp_path):
    (tmp_path / "x").write_bytes(b"content")
    body = b"<Error><Code>AccessDenied</Code><Message>canary</Message></Error>"
    server = await serve(answer(body, status="403 Forbidden"))
    error = await failure(put(server, tmp_path / "x"), Refused)
    assert (error.status, error.code) == (403, "AccessDenied")
    assert len(server.seen) == 1


async def test_an_upload_goes_to_no_other_host(tmp_path):
    (tmp_path / "x").write_bytes(b"content")
    for url in ("https://evil.example", "http://bucket.aliyuncs.com", "http://127.0.0.1:1"):
        asked = files.upload(
            place(url), tmp_path / "x", "x", endpoint=Endpoint("https://dms.a.aliyuncs.com")
        )
        assert (await failure(asked, InsecureEndpoint)).reached is False


async def test_a_file_that_is_not_there(serve, tmp_path):
    server = await serve(answer())
    with pytest.raises(FileNotFoundError):
        await put(server, tmp_path / "gone")
    assert server.seen == []


async def test_an_upload_that_nobody_answers(serve, tmp_path, monkeypatch):
    (tmp_path / "x").write_bytes(b"content")

    async def silent(request, writer):
        await request.gone()

    server = await serve(silent)
    monkeypatch.setattr(files, "CONNECT", 0.1)
    error = await failure(put(server, tmp_path / "x", silence=0.1), LineBroken)
    assert "stopped sending" in error.text
