"""asyncio comes without TLS, and has it once it is needed."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.rig import certificates

REPOSITORY = Path(__file__).parent.parent

WITHOUT = """
import das_tui.tui
import asyncio, sys
assert "asyncio.sslproto" in sys.modules
assert not {"ssl", "_ssl", "_hashlib"} & set(sys.modules)
"""

TALK = """
import asyncio, ssl, sys

async def main(certificate, authority):
    async def answer(reader, writer):
        writer.write(await reader.readline())
        await writer.drain()
        writer.close()

    given = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    given.load_cert_chain(certificate)
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=given)
    port = server.sockets[0].getsockname()[1]
    wanted = ssl.create_default_context(cafile=authority)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=wanted)
    writer.write(b"over TLS\\n")
    assert await reader.readline() == b"over TLS\\n"
    assert writer.get_extra_info("ssl_object").version().startswith("TLS")
    writer.close()
    server.close()

asyncio.run(main(*sys.argv[1:]))
print("talked")
"""


def run(script: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "before",
    [
        WITHOUT,
        f"{WITHOUT}\nimport threading, httpx\n",
        # Somebody else brought one of them along: nothing is taken away.
        "import asyncio, das_tui.tui, sys; assert 'ssl' in sys.modules",
        "import ssl, das_tui.tui",
    ],
)
def test_asyncio_speaks_tls_as_soon_as_it_is_asked_to(before: str, tmp_path: Path) -> None:
    certificates.contexts(tmp_path)
    files = (str(tmp_path / "good.pem"), str(tmp_path / "authority.pem"))
    assert run(f"{before}\n{TALK}", *files) == "talked\n"


def test_it_is_the_module_of_the_library_and_nothing_stays_behind() -> None:
    run(
        f"""{WITHOUT}
before = len(sys.meta_path)
import ssl, inspect
from asyncio import base_events, selector_events, sslproto
assert base_events.ssl is selector_events.ssl is sslproto.ssl is ssl
assert sslproto.SSLAgainErrors == (ssl.SSLWantReadError, ssl.SSLSyscallError)
assert type(ssl.__loader__) is type(inspect.__loader__)
assert ssl.__spec__.loader is ssl.__loader__
assert len(sys.meta_path) == before - 1
assert "class SSLContext" in inspect.getsource(ssl)
"""
    )


def test_without_tls_in_the_interpreter_everything_else_goes_on() -> None:
    run(
        f"""{WITHOUT}
sys.modules["_ssl"] = None
try:
    import ssl
except ImportError:
    pass
else:
    raise AssertionError
asyncio.run(asyncio.sleep(0))
"""
    )
