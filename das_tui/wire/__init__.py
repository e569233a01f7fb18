"""The wire: bytes to frames to events, requests, signatures, and the only sockets."""

import sys

# httpx tries to import a command line of its own, which brings click, Pygments and half of rich
# along: 3 MB that nothing here uses. It does without where that cannot be imported.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
