"""Real ends of the wire for the commands: the built-in service, and sockets that misbehave."""

import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


@contextmanager
def serving(*arguments: str) -> Iterator[str]:
    """The URL of a `das-tui serve` with these options, without delays."""
    child = subprocess.Popen(
        [sys.executable, "-m", "das_tui", "serve", "--speed", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=REPOSITORY,
    )
    assert child.stdout is not None
    first = child.stdout.readline().decode()
    assert first.startswith("listening on http")
    try:
        yield first.split()[-1]
    finally:
        child.terminate()
        child.stdout.close()
        assert child.wait(20) == 143


@contextmanager
def listening(answer: Callable[[socket.socket, bytes], None]) -> Iterator[int]:
    """The port of a server that reads the head of each request and hands it, with its
    connection, to `answer`, in a thread."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def connection(line: socket.socket) -> None:
            with closing(line):
                head = b""
                while b"\r\n\r\n" not in head:
                    piece = line.recv(65536)
                    if not piece:
                        return
                    head += piece
                answer(line, head)

        def accept() -> None:
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=connection, args=(line,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


@contextmanager
def silence() -> Iterator[int]:
    """The port of a listener that lets everybody connect and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield server.getsockname()[1]


def pump(source: socket.socket, target: socket.socket) -> None:
    """Carry bytes one way until the end."""
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


@contextmanager
def relay(port: int, heads: list[bytes]) -> Iterator[int]:
    """The port of a relay to `port` that keeps the head of each request in `heads`. A CONNECT is
    answered as a proxy does, whatever host it names."""

    def answer(line: socket.socket, head: bytes) -> None:
        heads.append(head)
        with socket.create_connection(("127.0.0.1", port)) as inner:
            if head.startswith(b"CONNECT "):
                line.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                inner.sendall(head)
            back = threading.Thread(target=pump, args=(inner, line), daemon=True)
            back.start()
            pump(line, inner)
            back.join(20)

    with listening(answer) as here:
        yield here
