"""Errors of the object storage, which speaks XML."""

import secrets
from xml.sax.saxutils import escape

from starlette.responses import Response


def refusal(status: int, code: str, message: str) -> Response:
    """An error answer."""
    request_id = secrets.token_hex(12).upper()
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Error>\n'
        f"  <Code>{escape(code)}</Code>\n  <Message>{escape(message)}</Message>\n"
        f"  <RequestId>{request_id}</RequestId>\n</Error>\n"
    )
    headers = {"x-oss-request-id": request_id}
    return Response(text, status_code=status, media_type="application/xml", headers=headers)
