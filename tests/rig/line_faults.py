"""Faults before anything is asked: nothing left this machine, and everybody may ask again."""

from collections.abc import Iterator

from tests.rig.faults import Fault

_CONNECT = 3 * 5.0
"""Seconds that three connections may take that nobody takes."""

_LINES = (
    ("nobody listens", "nobody", "refused the connection", 0.0),
    ("connections are not taken", "crowd", "did not answer the connection in time", _CONNECT),
    ("no TLS at the other end", "plain", "did not speak TLS", 0.0),
    ("silence in the handshake", "mute", "did not answer the connection in time", _CONNECT),
    ("certificate that signs itself", "itself", "certificate of 127.0.0.1 was not accepted", 0.0),
    ("certificate of another host", "wrong host", "was not accepted", 0.0),
    ("certificate that has expired", "expired", "expired", 0.0),
)


def faults() -> Iterator[Fault]:
    """Each for every agent."""
    for agent in ("das", "dms", "attach"):
        for name, line, words, fixed in _LINES:
            yield Fault(
                name,
                agent,
                "not sent",
                3,
                line=line,
                says=(words, "Nothing was sent; asking again is safe"),
                kept="none",
                waits=3.0,
                fixed=fixed,
            )
