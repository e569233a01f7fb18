"""The signature as an `httpx.Auth`."""

import time
import uuid
from collections.abc import Callable, Generator

import httpx

from das_tui.wire import signing
from das_tui.wire.credentials import Credentials


class Acs3Auth(httpx.Auth):
    """Signs a request with ACS3-HMAC-SHA256: a fresh nonce and date each time it is used.

    It adds the `x-acs-*` headers, and with a security token those that name it, and signs only
    what the scheme needs. `clock` gives UNIX seconds and `nonce` a text that never repeats.
    """

    requires_request_body = True

    def __init__(
        self,
        credentials: Credentials,
        action: str,
        version: str,
        *,
        clock: Callable[[], float] = time.time,
        nonce: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        self._credentials = credentials
        self._action = action
        self._version = version
        self._clock = clock
        self._nonce = nonce

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        body_sha256 = signing.sha256(request.content)
        headers = request.headers
        headers["x-acs-action"] = self._action
        headers["x-acs-version"] = self._version
        headers["x-acs-date"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._clock()))
        headers["x-acs-signature-nonce"] = self._nonce()
        headers["x-acs-content-sha256"] = body_sha256
        if self._credentials.security_token:
            headers["x-acs-accesskey-id"] = self._credentials.access_key_id
            headers["x-acs-security-token"] = self._credentials.security_token.reveal()
        path, _, query = request.url.raw_path.decode("ascii").partition("?")
        signed = signing.must_be_signed(headers)
        made = signing.signature(
            request.method,
            path,
            query,
            headers,
            signed,
            body_sha256,
            self._credentials.secret.reveal(),
        )
        headers["Authorization"] = signing.authorization(
            self._credentials.access_key_id, signed, made.hex
        )
        yield request
