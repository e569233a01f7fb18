"""Runs the built-in service in this process: in the foreground, or in a thread for tests."""

import asyncio
import contextlib
import ipaddress
import os
import socket
import threading
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette

from das_tui.demo.auth import Key, Verifier
from das_tui.demo.config import ServiceConfig
from das_tui.demo.files import Files
from das_tui.demo.service import build, files_of, hub_of, verifier_of

_START_SECONDS = 15.0


class _Server(uvicorn.Server):
    """A uvicorn server that tells when it listens and lets go of open streams when it ends."""

    def __init__(self, config: uvicorn.Config, app: Starlette, listening: Callable[[], None]):
        super().__init__(config)
        self._app = app
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._listening()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        hub_of(self._app).close()
        await super().shutdown(sockets)


def run(config: ServiceConfig, on_listening: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM, or with `until_stdin_closes` until standard input ends.

    `on_listening` gets the URL once connections are accepted. Writes nothing itself. Raises
    OSError when the address is taken and ValueError for plain HTTP on a host beyond loopback.
    """
    sock = _bind(config)
    server = _server(config, sock, on_listening)
    if config.until_stdin_closes:
        threading.Thread(target=_watch_stdin, args=(server,), daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt), contextlib.closing(sock):
        asyncio.run(server.serve(sockets=[sock]))


class Background:
    """The service in a thread of this process, for tests and benchmarks.

    `url` is where it listens, `hub` its sessions, `files` its files, `verifier` the keys that it
    takes. Use it as a context manager or `close()` it.
    """

    def __init__(self, config: ServiceConfig | None = None) -> None:
        config = config or ServiceConfig(speed=0)
        self._sock = _bind(config)
        self._ready = threading.Event()
        self.url = ""
        self._server = _server(config, self._sock, self._listening)
        self.hub = hub_of(self._server._app)
        self.files: Files = files_of(self._server._app)
        self.verifier: Verifier = verifier_of(self._server._app)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        if not self._ready.wait(_START_SECONDS):
            raise TimeoutError("the service did not start")

    def _listening(self, url: str) -> None:
        self.url = url
        self._ready.set()

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._sock]))

    def accept(self, *keys: Key) -> None:
        """From now on these keys are good, and no others."""
        self.verifier.accept(*keys)

    def close(self) -> None:
        """End the service; open streams are dropped."""
        self._server.should_exit = True
        self._thread.join(_START_SECONDS)
        self._sock.close()

    def __enter__(self) -> "Background":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _bind(config: ServiceConfig) -> socket.socket:
    if config.tls_cert is None and not _is_loopback(config.host):
        raise ValueError(f"plain HTTP is served on loopback only, not on {config.host}")
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((config.host, config.port))
        sock.listen(256)
    except OSError:
        sock.close()
        raise
    return sock


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _server(
    config: ServiceConfig, sock: socket.socket, on_listening: Callable[[str], None]
) -> _Server:
    app = build(config)
    scheme = "https" if config.tls_cert else "http"
    host = f"[{config.host}]" if ":" in config.host else config.host
    url = f"{scheme}://{host}:{sock.getsockname()[1]}"
    settings = uvicorn.Config(
        app,
        host=config.host,
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        h11_max_incomplete_event_size=256 * 1024,
        timeout_graceful_shutdown=1,
        ssl_certfile=config.tls_cert,
        ssl_keyfile=config.tls_key,
    )
    return _Server(settings, app, lambda: on_listening(url))


def _watch_stdin(server: uvicorn.Server) -> None:
    """Read the descriptor itself: a thread blocked in `sys.stdin` holds a lock that makes the
    interpreter fail at exit."""
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    server.should_exit = True
