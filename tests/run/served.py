"""The built-in service for tests of runs, and a question in it that was asked on the web."""

from typing import Any

from das_tui.demo.config import ServiceConfig
from das_tui.demo.serve import Background
from das_tui.demo.sessions import DmsSession

KEYS = {"access_key_id": "ak", "access_key_secret": "secret"}
"""What the accounts of these tests sign with."""


def serving(**options: Any) -> Background:
    """The service, without delays unless told otherwise. Use it as a context manager."""
    return Background(ServiceConfig(**({"speed": 0.0} | KEYS | options)))


def from_web(
    service: Background,
    question: str = "How many rides on Monday?",
    *,
    title: str = "Rides on the web",
    database: str = "harbor_bikes",
    workspace: str = "",
    mode: str = "ASK_DATA",
) -> DmsSession:
    """A session that somebody began elsewhere."""
    session = service.hub.create(title, {"Mode": mode}, workspace)
    if question:
        service.hub.send(session, question, "primary", database)
    return session
