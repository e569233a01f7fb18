"""Verification of signed requests, and the refusals of the cloud's gateway."""

import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from das_tui.wire import signing

SKEW_SECONDS = 900.0
_NONCE_SECONDS = 2 * SKEW_SECONDS
_HELP = "https://next.api.aliyun.com/troubleshoot?q="


class Refusal(Exception):
    """An HTTP error answer: status, Code, Message, and headers besides the usual ones."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})

    def body(self, request_id: str, host: str) -> dict[str, Any]:
        """The JSON body of the answer."""
        return {
            "RequestId": request_id,
            "HostId": host,
            "Code": self.code,
            "Message": self.message,
            "Recommend": f"{_HELP}{self.code}&product=demo&requestId={request_id}",
        }


@dataclass(frozen=True, slots=True)
class Key:
    """An AccessKey; with a `token` it is a temporary one that must bring it, until `expires_at`
    (UNIX seconds, 0 for never). Its secrets are shown by no `repr`."""

    access_key_id: str
    secret: str
    token: str = ""
    expires_at: float = 0.0

    def __repr__(self) -> str:
        return f"Key(token={bool(self.token)}, expires_at={self.expires_at})"


class Verifier:
    """Checks signatures of the keys that it accepts and remembers the nonces of half an hour.

    `uses` counts the good requests of each key.
    """

    def __init__(self, key: Key, clock: Callable[[], float]) -> None:
        self._keys = {key.access_key_id: key}
        self._clock = clock
        self._nonces: dict[str, float] = {}
        self.uses: dict[str, int] = {}

    def accept(self, *keys: Key) -> None:
        """From now on these keys are good, and no others."""
        self._keys = {key.access_key_id: key for key in keys}

    def check(
        self,
        method: str,
        path: str,
        query: Sequence[tuple[str, str]],
        headers: Mapping[str, str],
        body: bytes,
    ) -> None:
        """Raises Refusal unless the request is signed by the key, now, and for the first time."""
        given = signing.parse_authorization(headers.get("authorization", ""))
        if given is None:
            raise Refusal(
                400,
                "IncompleteSignature",
                "The request signature does not conform to Aliyun standards: "
                f"{signing.ALGORITHM} needs Credential, SignedHeaders and Signature.",
            )
        date = headers.get("x-acs-date", "")
        nonce = headers.get("x-acs-signature-nonce", "")
        for name, value in (("x-acs-date", date), ("x-acs-signature-nonce", nonce)):
            if not value:
                raise Refusal(400, "MissingParameter", f"{name} is mandatory for this action.")
        self._check_time(date)
        key = self._keys.get(given.access_key_id)
        if key is None:
            raise Refusal(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
        self._check_token(key, headers.get("x-acs-security-token", ""))
        self._check_signature(given, key.secret, method, path, query, headers, body)
        self._check_nonce(nonce)
        self.uses[key.access_key_id] = self.uses.get(key.access_key_id, 0) + 1

    def _check_token(self, key: Key, token: str) -> None:
        if not key.token and not token:
            return
        if not token:
            raise Refusal(
                400, "MissingSecurityToken", "SecurityToken is mandatory for this action."
            )
        if not secrets.compare_digest(token.encode(), key.token.encode()):
            raise Refusal(
                400,
                "InvalidSecurityToken.MismatchWithAccessKey",
                "Specified SecurityToken mismatch with the AccessKey.",
            )
        if key.expires_at and self._clock() >= key.expires_at:
            raise Refusal(
                400, "InvalidSecurityToken.Expired", "Specified SecurityToken is expired."
            )

    def _check_time(self, date: str) -> None:
        try:
            sent = datetime.strptime(date, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
        except ValueError:
            raise Refusal(
                400,
                "InvalidTimeStamp.Format",
                "Specified time stamp or date value is not well formatted.",
            ) from None
        if abs(self._clock() - sent) > SKEW_SECONDS:
            raise Refusal(
                400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired."
            )

    def _check_signature(
        self,
        given: signing.Authorization,
        secret: str,
        method: str,
        path: str,
        query: Sequence[tuple[str, str]],
        headers: Mapping[str, str],
        body: bytes,
    ) -> None:
        body_hash = signing.sha256(body)
        wanted = signing.signature(method, path, query, headers, given.signed, body_hash, secret)
        listed = {name.lower() for name in given.signed}
        needed = set(signing.must_be_signed(headers)) - (set() if body else {"content-type"})
        complete = needed <= listed
        if not complete or not hmac.compare_digest(wanted.hex, given.signature):
            raise Refusal(
                400,
                "SignatureDoesNotMatch",
                "Specified signature is not matched with our calculation. server StringToSign is: "
                f"[{wanted.string_to_sign}] server CanonicalRequest is: [{wanted.canonical}]",
            )
        if headers.get("x-acs-content-sha256", "").lower() != body_hash:
            raise Refusal(
                400,
                "InvalidParameter",
                "x-acs-content-sha256 is not the hash of the body that arrived.",
            )

    def _check_nonce(self, nonce: str) -> None:
        now = self._clock()
        if len(self._nonces) > 512:
            self._nonces = {n: at for n, at in self._nonces.items() if now - at < _NONCE_SECONDS}
        if now - self._nonces.get(nonce, 0.0) < _NONCE_SECONDS:
            raise Refusal(400, "SignatureNonceUsed", "Specified signature nonce was used already.")
        self._nonces[nonce] = now
