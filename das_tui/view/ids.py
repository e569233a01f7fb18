"""Ids of the service in what it sent, for a ticket."""

import re

_REQUEST_ID = re.compile(
    rb"(?i)\\*\"request_?id\\*\"\s*:\s*\\*\"(?P<id>[0-9A-Za-z][0-9A-Za-z_.:-]{0,127})"
)
"""A name and its text, in JSON or in JSON that is a text of JSON."""


def request_id(data: bytes) -> str:
    """The first request id in a payload, however deep it stands; empty without one."""
    found = _REQUEST_ID.search(data)
    return found["id"].decode("ascii") if found is not None else ""
