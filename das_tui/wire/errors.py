"""One tree of errors of the wire. Each says what happened, what is safe, and the way out."""


class MalformedPayload(ValueError):
    """A payload that is not a JSON object; `reason` is one short phrase."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class WireError(Exception):
    """A request that did not bring an answer, or a line that broke in one.

    `title` is a few words, `text` what happened and what is safe, `way_out` what the operator
    can do, each redacted but not cleaned of control characters. `status` is the HTTP status, 0
    without one. `code` and `request_id` are the service's. `safe` says that asking again can
    neither be paid twice nor change anything twice; `reached` that the request may have left.
    `retry_after` is the wait in seconds that the service asks for, None when it names none.
    """

    title = "Not sent"

    def __init__(
        self,
        text: str,
        *,
        title: str = "",
        way_out: str = "",
        status: int = 0,
        code: str = "",
        request_id: str = "",
        safe: bool = False,
        reached: bool = True,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(text)
        self.title = title or type(self).title
        self.text = text
        self.way_out = way_out
        self.status = status
        self.code = code
        self.request_id = request_id
        self.safe = safe
        self.reached = reached
        self.retry_after = retry_after

    @property
    def fact(self) -> str:
        """Status and code as they stand at the right of an error's first row."""
        return " ".join(part for part in (str(self.status or ""), self.code) if part)


class NotReached(WireError):
    """Nothing was sent: no name, no connection, no TLS, no proxy. Asking again is safe."""

    def __init__(self, text: str, *, title: str = "", way_out: str = "") -> None:
        super().__init__(text, title=title, way_out=way_out, safe=True, reached=False)


class InsecureEndpoint(WireError):
    """The endpoint is neither https nor plain http on this machine; nothing was signed or sent."""

    title = "Endpoint refused"

    def __init__(self, text: str, *, title: str = "", way_out: str = "") -> None:
        super().__init__(text, title=title, way_out=way_out, safe=True, reached=False)


class UntrustedHost(InsecureEndpoint):
    """The host is not one of Alibaba Cloud, this machine, or the trusted ones; `host` names it."""

    title = "Host not trusted"

    def __init__(self, host: str) -> None:
        super().__init__(
            f"Nothing was signed for {host} or sent to it: it is no host of Alibaba Cloud.",
            way_out="If the host is yours, add it to `trusted_hosts` of the profile.",
        )
        self.host = host


class NoCredentials(WireError):
    """No credentials were found; nothing was sent. `tried` are the places that were looked at,
    each with what was missing there."""

    title = "No credentials"

    def __init__(
        self, text: str, *, title: str = "", way_out: str = "", tried: tuple[str, ...] = ()
    ) -> None:
        super().__init__(text, title=title, way_out=way_out, safe=True, reached=False)
        self.tried = tried


class KeyNotTaken(NoCredentials):
    """The action wants an AccessKey, and the profile has an API key; nothing was sent."""

    title = "Not with an API key"


class Refused(WireError):
    """The service answered with an error code, by HTTP status or with `Success` false."""

    title = "Refused"


class Throttled(Refused):
    """Too many requests; nothing began."""

    title = "Refused: too many requests"

    def __init__(
        self,
        text: str,
        *,
        retry_after: float | None = None,
        way_out: str = "",
        status: int = 0,
        code: str = "",
        request_id: str = "",
    ) -> None:
        super().__init__(
            text,
            way_out=way_out,
            status=status,
            code=code,
            request_id=request_id,
            safe=True,
            retry_after=retry_after,
        )


class BadAnswer(WireError):
    """What came back is not from the service: a web page, a redirect, a wrong content type."""

    title = "Not an answer of the service"


class LineBroken(WireError):
    """The line broke after the request may have left."""

    title = "Line lost"


class LineSilent(LineBroken):
    """No byte came for the silence time. The stream is still open: reading may go on."""

    title = "Line silent"
