"""Files of the service: what sessions wrote, what was uploaded, and the links that open them.

A link is good for one file until a time, told by a signature in its query, as object storage does.
An upload is a form whose policy is signed; the file behind it exists once the callback names it.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import mimetypes
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from das_tui.demo import artifacts, multipart
from das_tui.demo.auth import Refusal
from das_tui.demo.call import (
    Answer,
    BreakableStream,
    Call,
    CutOff,
    Failure,
    Handler,
    body_of,
    done,
)
from das_tui.demo.catalog import USER_ID
from das_tui.demo.session import DmsSession
from das_tui.demo.sessions import Hub
from das_tui.demo.storage import refusal as storage_refusal
from das_tui.demo.times import timestamp

FILES = "/files/"
UPLOAD = "/upload"
_LINK_KEY_ID = "demo-link"
_LINK_SECONDS = 3600
_LEAST_EXPIRY, _MOST_EXPIRY = 3600, 129_600
_MAX_UPLOAD = 32 << 20
_UPLOAD_SECONDS = 3600.0
_CHUNK = 64 * 1024
_BYTES_A_SECOND = 1_500_000.0
_SILENT_PARTS = frozenset({"verbose", "rate"})
"""Parts that write no file and are long to play."""

_BESIDE = {"imbalance.xlsx": ("rides_per_hour.png", "hourly_flow.csv")}
"""Files that are written with an announced one without a word."""

_ANNOUNCED = " 上传完成"
_SORTS = {"GmtCreated": "created", "FileName": "name", "FileSize": "size"}


@dataclass(slots=True)
class StoredFile:
    """One file. Its bytes are made when they are first needed."""

    file_id: str
    name: str
    created: float
    session_id: str = ""
    title: str = ""
    seed: int = 0
    category: str = ""
    origin: str = "DATA_AGENT"
    location: str = ""
    _data: bytes | None = field(default=None, repr=False)

    @property
    def data(self) -> bytes:
        """The bytes of the file."""
        if self._data is None:
            self._data = artifacts.content(self.name, self.title, self.seed)
        return self._data

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.data)


class Files:
    """All files of one service."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._made: dict[str, StoredFile] = {}
        self._added: dict[str, StoredFile] = {}
        self._objects: dict[str, bytes] = {}
        self._secret = secrets.token_bytes(32)
        self._upload_keys: dict[str, float] = {}

    def actions(self) -> dict[str, Handler]:
        """The handlers of the file actions."""
        return {
            "ListFileUpload": self._list,
            "DescribeFileUploadSignature": self._signature,
            "FileUploadCallback": self._callback,
        }

    def add(self, session_id: str, name: str, data: bytes, category: str = "") -> StoredFile:
        """One more file of a session, at once."""
        file = StoredFile(
            file_id=f"f-{secrets.token_hex(10)}",
            name=name,
            created=self._hub.clock(),
            session_id=session_id,
            category=category or artifacts.category(name),
            _data=data,
        )
        self._added[file.file_id] = file
        return file

    def uploaded(self, file_id: str) -> StoredFile | None:
        """A file that somebody uploaded."""
        file = self._added.get(file_id)
        return file if file is not None and file.origin == "UPLOAD" else None

    def of_session(self, session: DmsSession) -> list[StoredFile]:
        """What can be listed of a session by now."""
        now = self._hub.clock()
        found = [file for file in self._written(session) if file.created <= now]
        return found + [f for f in self._added.values() if f.session_id == session.session_id]

    # --- what sessions wrote -------------------------------------------------------------------

    def _written(self, session: DmsSession) -> Iterator[StoredFile]:
        for place, turn in enumerate(session.turns):
            if turn.part in _SILENT_PARTS:
                continue
            later = self._hub.config.files_after / turn.speed if turn.speed else 0.0
            title = str(turn.args.get("report_prompt") or session.title or "Report")
            count = 0
            for beat in session.played(place).script.beats:
                if beat.category != "file_upload_finish":
                    continue
                announced = beat.content.removesuffix(_ANNOUNCED)
                at = session.due(place, beat) + later
                for name in (announced, *_BESIDE.get(announced, ())):
                    yield self._file(session, f"{place}.{count}", name, at, title, place)
                    count += 1
        for count, name in enumerate(session.extra):
            yield self._file(session, f"extra.{count}", name, session.created, name, count)

    def _file(
        self, session: DmsSession, where: str, name: str, at: float, title: str, place: int
    ) -> StoredFile:
        key = f"{session.session_id}:{where}:{name}"
        file_id = f"f-{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()[:20]}"
        file = self._made.get(file_id)
        if file is None:
            file = self._made[file_id] = StoredFile(
                file_id, name, at, session.session_id, title, session.seed + place
            )
            file.category = artifacts.category(name)
        file.created = at
        return file

    # --- ListFileUpload ------------------------------------------------------------------------

    async def _list(self, call: Call) -> Answer:
        expire = call.number("DownloadLinkExpire", _LINK_SECONDS)
        if not _LEAST_EXPIRY <= expire <= _MOST_EXPIRY:
            raise Refusal(400, "InvalidParameter", "DownloadLinkExpire is not valid.")
        sort = _SORTS.get(call.text("SortColumn"), "created")
        down = call.choice("SortDirection", frozenset({"ASC", "DESC", "asc", "desc"}), "DESC")
        session_id = call.text("SessionId")
        if session_id:
            session = self._hub.known(session_id)
            found = self.of_session(session) if session is not None else []
        else:
            found = [f for f in self._added.values() if not f.session_id]
            found += [f for s in self._hub.dms.values() if not s.gone for f in self.of_session(s)]
        for name, value in (
            ("FileCategory", "category"),
            ("FileId", "file_id"),
            ("FileFrom", "origin"),
        ):
            wanted = call.text(name)
            found = [file for file in found if not wanted or getattr(file, value) == wanted]
        found.sort(key=lambda file: (getattr(file, sort), file.file_id))
        if down.upper() == "DESC":
            found.reverse()
        until = int(self._hub.clock()) + expire
        return done([self._row(file, call.base, until) for file in found])

    def _row(self, file: StoredFile, base: str, until: int) -> dict[str, Any]:
        link = self.link(file.file_id, base, until)
        return {
            "FileId": file.file_id,
            "FileName": file.name,
            "FileType": artifacts.kind(file.name),
            "FileSize": file.size,
            "FileCategory": file.category,
            "FileFrom": file.origin,
            "DownloadLink": link,
            "IntranetDownloadLink": link,
            "GmtCreated": timestamp(file.created),
            "SessionId": file.session_id,
            "UploadLocation": file.location or f"dms-da-demo/{USER_ID}/{file.file_id}",
            "AliyunUid": USER_ID,
            "AliyunParentUid": USER_ID,
            "Region": self._hub.config.unit or "cn-hangzhou",
        }

    # --- links ---------------------------------------------------------------------------------

    def link(self, file_id: str, base: str, until: int) -> str:
        """A link that opens a file until a time (UNIX seconds)."""
        signature = quote(self._signed(f"/{file_id}", until), safe="")
        return (
            f"{base}{FILES}{file_id}?Expires={until}&OSSAccessKeyId={_LINK_KEY_ID}"
            f"&Signature={signature}"
        )

    def _signed(self, path: str, until: int) -> str:
        text = f"GET\n\n\n{until}\n{path}"
        made = hmac.new(self._secret, text.encode(), hashlib.sha1).digest()
        return base64.b64encode(made).decode()

    async def download(self, request: Request) -> Response:
        """The bytes of a file for a good link, paced at the speed of the service."""
        file_id = request.url.path.removeprefix(FILES)
        query = request.query_params
        until, given = query.get("Expires", ""), query.get("Signature", "")
        if request.method != "GET" or not until.isdigit() or not given:
            return storage_refusal(403, "AccessDenied", "The link is not signed.")
        if not hmac.compare_digest(self._signed(f"/{file_id}", int(until)), given):
            text = "The request signature we calculated does not match the signature you provided."
            return storage_refusal(403, "SignatureDoesNotMatch", text)
        if query.get("OSSAccessKeyId") != _LINK_KEY_ID:
            text = "The OSS Access Key Id you provided does not exist in our records."
            return storage_refusal(403, "InvalidAccessKeyId", text)
        if int(until) <= self._hub.clock():
            return storage_refusal(403, "AccessDenied", "Request has expired.")
        found = self._find(file_id)
        if found is None:
            return storage_refusal(404, "NoSuchKey", "The specified key does not exist.")
        name, data = found
        kind = mimetypes.guess_type(artifacts.kind(name) and f"x.{artifacts.kind(name)}")[0]
        headers = {
            "content-length": str(len(data)),
            "etag": f'"{hashlib.md5(data).hexdigest().upper()}"',
            "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')[:600]}",
            "x-oss-request-id": secrets.token_hex(12).upper(),
        }
        media = kind or "application/octet-stream"
        return BreakableStream(self._paced(data), media_type=media, headers=headers)

    def _find(self, file_id: str) -> tuple[str, bytes] | None:
        if file_id.startswith("history-"):
            session = self._hub.known(file_id.removeprefix("history-"))
            if session is None:
                return None
            history = session.history(self._hub.clock(), self._hub.config)
            return "history.jsonl", b"".join(frame.data + b"\n" for _, frame in history)
        file = self._made.get(file_id) or self._added.get(file_id)
        return None if file is None else (file.name, file.data)

    async def _paced(self, data: bytes) -> AsyncIterator[bytes]:
        hub, cut = self._hub, self._hub.config.cut_files_after
        pause = _CHUNK / _BYTES_A_SECOND / hub.config.speed if hub.config.speed else 0.0
        for start in range(0, len(data), _CHUNK):
            piece = data[start : start + _CHUNK]
            if cut and start + len(piece) > cut:
                yield piece[: max(0, cut - start)]
                raise CutOff
            yield piece
            if hub.closing:
                raise CutOff
            await asyncio.sleep(pause)

    # --- uploads -------------------------------------------------------------------------------

    async def _signature(self, call: Call) -> Answer:
        now = self._hub.clock()
        day = datetime.fromtimestamp(now, UTC)
        token = f"STS.{secrets.token_hex(16)}"
        key_id = f"STS.demo{secrets.token_hex(8)}"
        self._upload_keys[token] = now + _UPLOAD_SECONDS
        place = f"dms-da-demo/{USER_ID}/{secrets.token_hex(8)}"
        policy = {
            "expiration": timestamp(now + _UPLOAD_SECONDS).replace("Z", ".000Z"),
            "conditions": [
                ["starts-with", "$key", f"{place}/"],
                ["content-length-range", 1, _MAX_UPLOAD],
                ["eq", "$success_action_status", "200"],
            ],
        }
        text = base64.b64encode(json.dumps(policy).encode()).decode()
        return done(
            {
                "UploadHost": f"{call.base}{UPLOAD}",
                "UploadDir": place,
                "Policy": text,
                "OssSignatureVersion": "OSS4-HMAC-SHA256",
                "OssCredential": f"{key_id}/{day:%Y%m%d}/cn-hangzhou/oss/aliyun_v4_request",
                "OssDate": f"{day:%Y%m%dT%H%M%SZ}",
                "OssSignature": self._policy_signature(text, token),
                "OssSecurityToken": token,
            }
        )

    def _policy_signature(self, policy: str, token: str) -> str:
        return hmac.new(self._secret, f"{token}\n{policy}".encode(), hashlib.sha256).hexdigest()

    async def upload(self, request: Request) -> Response:
        """A form with a file: its fields must be those of a signature, the file the last."""
        if request.method != "POST":
            return storage_refusal(405, "MethodNotAllowed", "The method is not allowed here.")
        try:
            body = await body_of(request, _MAX_UPLOAD + _CHUNK)
            fields = multipart.read(request.headers.get("content-type", ""), body)
        except Refusal:
            text = "Your proposed upload exceeds the maximum allowed size."
            return storage_refusal(400, "EntityTooLarge", text)
        except ValueError as error:
            return storage_refusal(400, "MalformedPOSTRequest", str(error))
        if not fields or fields[-1].name != "file" or fields[-1].filename is None:
            text = "The last field must be the file."
            return storage_refusal(400, "InvalidArgument", text)
        texts = {part.name: part.data.decode("utf-8", "replace") for part in fields[:-1]}
        wrong = self._policy_fault(texts, fields[-1].data)
        if wrong:
            return storage_refusal(403, "AccessDenied", wrong)
        self._objects[texts["key"]] = fields[-1].data
        status = 200 if texts.get("success_action_status") == "200" else 204
        return Response(status_code=status, headers={"x-oss-request-id": secrets.token_hex(12)})

    def _policy_fault(self, texts: dict[str, str], data: bytes) -> str:
        """Why the policy does not allow this form; empty when it does."""
        needed = {
            "key",
            "policy",
            "x-oss-signature-version",
            "x-oss-credential",
            "x-oss-date",
            "x-oss-signature",
            "x-oss-security-token",
            "success_action_status",
        }
        if lost := sorted(needed - set(texts)):
            return f"Invalid according to Policy: {', '.join(lost)} is not in the form."
        token, policy = texts["x-oss-security-token"], texts["policy"]
        if self._upload_keys.get(token, 0.0) <= self._hub.clock():
            return "Invalid according to Policy: Policy expired."
        if not hmac.compare_digest(self._policy_signature(policy, token), texts["x-oss-signature"]):
            return "The policy signature does not match."
        start = json.loads(base64.b64decode(policy))["conditions"][0][2]
        if not texts["key"].startswith(start) or texts["key"] == start:
            return 'Invalid according to Policy: Policy Condition failed: ["starts-with", "$key"]'
        if not 1 <= len(data) <= _MAX_UPLOAD:
            return "Invalid according to Policy: content-length-range."
        return ""

    async def _callback(self, call: Call) -> Answer:
        name, location = call.need("Filename"), call.need("UploadLocation")
        size = call.number("FileSize", -1, least=0)
        data = self._objects.get(location)
        if data is None:
            raise Failure("FileNotFound", "There is no file at this location.")
        if size not in {-1, len(data)}:
            raise Failure("InvalidFileSize", "The size is not that of the uploaded file.")
        file = self.add("", name, data)
        file.origin, file.location = "UPLOAD", location
        return done({"FileId": file.file_id})
