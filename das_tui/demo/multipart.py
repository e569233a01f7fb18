"""Forms with files, as bytes."""

import re
from typing import NamedTuple

_PARAMETER = re.compile(r';\s*([a-zA-Z*]+)=(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))')


class Field(NamedTuple):
    """One field; `filename` is None where it is no file."""

    name: str
    filename: str | None
    data: bytes


def read(content_type: str, body: bytes) -> list[Field]:
    """The fields of a `multipart/form-data` body in their order. Raises ValueError."""
    if content_type.partition(";")[0].strip().lower() != "multipart/form-data":
        raise ValueError("The body of your POST request is not well-formed multipart/form-data.")
    boundary = _parameters(content_type).get("boundary", "")
    if not boundary:
        raise ValueError("The boundary is not named.")
    mark = b"\r\n--" + boundary.encode("latin-1")
    pieces = (b"\r\n" + body).split(mark)
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        raise ValueError("The form does not end.")
    return [_field(piece) for piece in pieces[1:-1]]


def _field(piece: bytes) -> Field:
    head, gap, data = piece.partition(b"\r\n\r\n")
    if not gap:
        raise ValueError("A field has no head.")
    for line in head.decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-disposition":
            words = _parameters(value)
            if "name" not in words:
                break
            return Field(words["name"], words.get("filename"), data)
    raise ValueError("A field has no name.")


def _parameters(text: str) -> dict[str, str]:
    return {
        match[1].lower(): re.sub(r"\\(.)", r"\1", match[2]) if match[2] is not None else match[3]
        for match in _PARAMETER.finditer(text)
    }
