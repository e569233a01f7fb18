"""`das-tui doctor` as a real process, against real ends of the wire."""

import datetime
import fcntl
import ipaddress
import json
import os
import pty
import socket
import sqlite3
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.cli.conftest import Run
from tests.cli.serving import listening, relay, serving, silence

SERVICE_LINES = ["dns", "tls", "endpoint", "call"]
LINES = [
    "settings",
    "app settings",
    "credentials",
    *(f"das {line}" for line in SERVICE_LINES),
    *(f"dms {line}" for line in SERVICE_LINES),
    "clock",
    "store",
    "terminal",
]
KEYS = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI5tCanaryCanary12",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "canary-secret-of-the-doctor",
}
CLOUD = ("das.cn-shanghai.aliyuncs.com", "dms.cn-hangzhou.aliyuncs.com")


def checks(output: bytes) -> dict[str, dict[str, Any]]:
    assert output.isascii()
    found = [json.loads(line) for line in output.splitlines()]
    for check in found:
        assert list(check) == ["check", "outcome", "text", "way_out", "facts"]
        assert check["outcome"] in {"ok", "warning", "failure"}
        assert check["way_out"] or check["outcome"] != "failure"
    return {check["check"]: check for check in found}


def at(url: str) -> dict[str, str]:
    return {"DAS_TUI_DAS_ENDPOINT": url, "DAS_TUI_DMS_ENDPOINT": url}


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    with serving(
        "--access-key-id",
        KEYS["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        "--access-key-secret",
        KEYS["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
    ) as url:
        yield url


def test_all_lines_are_ok_against_the_service(run: Run, service: str, tmp_path: Path) -> None:
    done = run("doctor", "--json", env=at(service) | KEYS)
    assert done.returncode == 0, done.stdout
    found = checks(done.stdout)
    assert list(found) == LINES
    assert {check["outcome"] for check in found.values()} == {"ok"}
    assert found["credentials"]["facts"]["access_key_id"] == "LTAI…12"
    assert "environment" in found["credentials"]["text"]
    assert "paid" in found["das call"]["text"]
    assert "DescribeDataAgentSession" in found["dms call"]["text"]
    assert found["dms call"]["facts"]["request"]
    assert not (tmp_path / "data").exists()

    plain = run("doctor", env=at(service) | KEYS)
    assert plain.returncode == 0
    rows = plain.stdout.decode().splitlines()
    assert [row[9:21].strip() for row in rows] == LINES
    assert all(row.startswith("ok ") for row in rows)
    for output in (done.stdout, plain.stdout, done.stderr, plain.stderr):
        assert b"canary-secret" not in output
        assert b"CanaryCanary" not in output


def test_das_gets_nothing_that_is_signed_or_paid_for(run: Run, service: str) -> None:
    heads: list[bytes] = []
    with relay(int(service.rpartition(":")[2]), heads) as port:
        env = at(service) | KEYS | {"DAS_TUI_DAS_ENDPOINT": f"http://127.0.0.1:{port}"}
        assert run("doctor", env=env).returncode == 0
    assert [head.split(b" ")[0] for head in heads] == [b"HEAD"]
    assert b"authorization" not in heads[0].lower()
    assert b"x-acs-" not in heads[0].lower()


def test_a_wrong_secret_is_a_refusal_with_its_code(run: Run, service: str) -> None:
    wrong = at(service) | KEYS | {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "not-the-secret-at-all"}
    done = run("doctor", "--json", env=wrong)
    assert done.returncode == 1
    call = checks(done.stdout)["dms call"]
    assert call["outcome"] == "failure"
    assert "SignatureDoesNotMatch" in call["text"]
    assert "secret" in call["way_out"]
    assert b"not-the-secret" not in done.stdout
    unknown = at(service) | KEYS | {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI5tNobodyNobody99"}
    done = run("doctor", "--json", env=unknown)
    assert done.returncode == 1
    assert "InvalidAccessKeyId.NotFound" in checks(done.stdout)["dms call"]["text"]


def test_a_closed_port_is_not_reached(run: Run) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        done = run("doctor", "--json", env=at(url) | KEYS)
    assert done.returncode == 3
    found = checks(done.stdout)
    for name in ("das endpoint", "dms endpoint"):
        assert found[name]["outcome"] == "failure"
        assert found[name]["facts"]["error"] == "NotReached"
        assert "refused the connection" in found[name]["text"]
    assert "not reached" in found["dms call"]["text"]
    assert found["clock"]["outcome"] == "warning"


def test_without_credentials_it_says_what_was_tried(run: Run, service: str) -> None:
    done = run("doctor", "--json", env=at(service))
    assert done.returncode == 2
    check = checks(done.stdout)["credentials"]
    assert check["outcome"] == "failure"
    places = [entry.split(" (")[0] for entry in check["facts"]["tried"]]
    assert places == ["environment", "~/.aliyun/config.json", "~/.alibabacloud/credentials.ini"]
    assert all(place in check["text"] for place in places)
    assert "ALIBABA_CLOUD_ACCESS_KEY_ID" in check["way_out"]


def sts_profile(home: Path, **more: object) -> None:
    folder = home / ".aliyun"
    folder.mkdir()
    profile = {
        "name": "default",
        "mode": "StsToken",
        "access_key_id": KEYS["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        "access_key_secret": KEYS["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        "sts_token": "canary-token",
        **more,
    }
    (folder / "config.json").write_text(json.dumps({"current": "default", "profiles": [profile]}))


@pytest.fixture(scope="module")
def temporary() -> Iterator[str]:
    with serving(
        "--access-key-id",
        KEYS["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        "--access-key-secret",
        KEYS["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        "--security-token",
        "canary-token",
    ) as url:
        yield url


def test_it_says_which_source_answered(run: Run, temporary: str, tmp_path: Path) -> None:
    sts_profile(tmp_path)
    done = run("doctor", "--json", env=at(temporary))
    assert done.returncode == 0, done.stdout
    found = checks(done.stdout)
    assert list(found) == [*LINES[:3], "token", *LINES[3:]]
    assert "temporary AccessKey LTAI…12 from ~/.aliyun/config.json" in found["credentials"]["text"]
    assert "not known" in found["token"]["text"]
    assert b"canary-token" not in done.stdout


@pytest.mark.parametrize(
    ("minutes", "outcome", "code"), [(90, "ok", 0), (20, "warning", 0), (-5, "failure", 2)]
)
def test_the_end_of_a_token_is_told(
    run: Run, temporary: str, tmp_path: Path, minutes: int, outcome: str, code: int
) -> None:
    end = int(time.time()) + minutes * 60
    sts_profile(tmp_path, sts_expiration=end)
    done = run("doctor", "--json", env=at(temporary))
    assert done.returncode == code, done.stdout
    found = checks(done.stdout)
    check = found["token" if minutes > 0 else "credentials"]
    assert check["outcome"] == outcome
    assert time.strftime("%Y-%m-%d %H:%M", time.localtime(end)) in check["text"]
    if minutes > 0:
        assert check["facts"] == {"expires_at": end, "renews": False}
        assert "nothing here can renew it" in check["text"]
    else:
        assert "not made" in found["dms call"]["text"]


def test_it_ends_in_time_when_nothing_answers(run: Run) -> None:
    with silence() as port:
        env = at(f"http://127.0.0.1:{port}") | {
            "ALIBABA_CLOUD_CREDENTIALS_URI": f"http://127.0.0.1:{port}/credentials"
        }
        began = time.monotonic()
        done = run("doctor", "--json", env=env)
        took = time.monotonic() - began
    assert took < 12
    assert done.returncode == 2
    found = checks(done.stdout)
    assert list(found) == LINES
    assert "no answer within 5 s" in found["credentials"]["text"]
    assert "did not answer" in found["das endpoint"]["text"]


def test_a_name_that_nobody_knows(run: Run, tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text('[profiles.a]\ntrusted_hosts = ["nowhere.invalid"]\n')
    env = at("https://nowhere.invalid") | KEYS | {"DAS_TUI_CONFIG": str(tmp_path / "c.toml")}
    done = run("doctor", "--json", env=env)
    assert done.returncode == 3
    found = checks(done.stdout)
    assert "nowhere.invalid" in found["dms dns"]["text"]
    assert found["dms dns"]["outcome"] == "failure"


def test_nothing_is_sent_to_a_host_that_is_not_trusted(run: Run) -> None:
    done = run("doctor", "--json", env=at("https://example.invalid") | KEYS)
    assert done.returncode == 2
    found = checks(done.stdout)
    assert found["dms endpoint"]["outcome"] == "failure"
    assert "trusted_hosts" in found["dms endpoint"]["way_out"]


@pytest.mark.parametrize(
    ("ahead", "outcome", "words", "code"),
    [
        (0, "ok", "agrees", 1),
        (300, "warning", "behind", 1),
        (-1800, "failure", "ahead of the service's", 2),
    ],
)
def test_the_clock_is_compared_with_the_services(
    run: Run, ahead: int, outcome: str, words: str, code: int
) -> None:
    def answer(line: socket.socket, _: bytes) -> None:
        date = formatdate(time.time() + ahead, usegmt=True)
        line.sendall(
            f"HTTP/1.1 400 Bad Request\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n".encode()
        )

    with listening(answer) as port:
        done = run("doctor", "--json", env=at(f"http://127.0.0.1:{port}") | KEYS)
    check = checks(done.stdout)["clock"]
    assert check["outcome"] == outcome
    assert words in check["text"]
    assert abs(check["facts"]["offset"] - ahead) <= 2
    assert done.returncode == code


def test_a_portal_page_and_something_that_is_not_http(run: Run) -> None:
    page = b"HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\nContent-Length: 0\r\n\r\n"
    with (
        listening(lambda line, _: line.sendall(page)) as portal,
        listening(lambda line, _: line.sendall(b"SSH-2.0-nothing\r\n")) as other,
    ):
        env = {
            "DAS_TUI_DAS_ENDPOINT": f"http://127.0.0.1:{portal}",
            "DAS_TUI_DMS_ENDPOINT": f"http://127.0.0.1:{other}",
        }
        found = checks(run("doctor", "--json", env=env | KEYS).stdout)
    assert found["das endpoint"]["outcome"] == "warning"
    assert "portal" in found["das endpoint"]["text"]
    assert found["dms endpoint"]["outcome"] == "failure"
    assert "HTTP" in found["dms endpoint"]["text"]


# --- TLS and proxy -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tls_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of the made-up Teahouse Authority for the hosts of the cloud."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Teahouse Authority")])
    now = datetime.datetime.now(datetime.UTC)
    here = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=90))
        .add_extension(
            x509.SubjectAlternativeName([here, *map(x509.DNSName, CLOUD)]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder


@pytest.fixture(scope="module")
def tls_service(tls_files: Path) -> Iterator[str]:
    with serving(
        "--tls-cert", str(tls_files / "cert.pem"), "--tls-key", str(tls_files / "key.pem")
    ) as url:
        yield url


DEMO = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "demo", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "demo"}


def test_proxy_and_authorities_are_used_and_shown(
    run: Run, tls_service: str, tls_files: Path, tmp_path: Path
) -> None:
    heads: list[bytes] = []
    config = tmp_path / "c.toml"
    with relay(int(tls_service.rpartition(":")[2]), heads) as port:
        config.write_text(
            f'[profiles.a]\nproxy = "http://user:canary-word@127.0.0.1:{port}"\n'
            f'ca_file = "{tls_files / "cert.pem"}"\n'
        )
        done = run("doctor", "--json", env=DEMO | {"DAS_TUI_CONFIG": str(config)})
    assert done.returncode == 0, done.stdout
    found = checks(done.stdout)
    asked = {head.split(b" ")[1].decode() for head in heads if head.startswith(b"CONNECT ")}
    assert asked == {f"{host}:443" for host in CLOUD}
    assert found["das tls"]["facts"] == {
        "version": "TLSv1.3",
        "issuer": "Teahouse Authority",
        "authorities": str(tls_files / "cert.pem"),
    }
    assert f"@127.0.0.1:{port}" in found["dms endpoint"]["facts"]["proxy"]
    assert "proxy 127.0.0.1" in found["dms dns"]["text"]
    assert b"canary-word" not in done.stdout


def test_a_certificate_that_nobody_vouches_for(run: Run, tls_service: str) -> None:
    done = run("doctor", "--json", env=at(tls_service) | DEMO)
    assert done.returncode == 3
    found = checks(done.stdout)
    assert found["das tls"]["outcome"] == "failure"
    assert "certificate" in found["das tls"]["text"]
    assert "ca_file" in found["das tls"]["way_out"]


# --- this machine --------------------------------------------------------------------------------


def test_broken_settings_are_named_and_nothing_is_asked(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "my.toml"
    path.write_text('[profiles.a]\nreply = "never"\n')
    done = run("doctor", "--json", env={"DAS_TUI_CONFIG": str(path)})
    assert done.returncode == 2
    found = checks(done.stdout)
    assert list(found) == ["settings", "app settings", "network", "store", "terminal"]
    assert f"{path}: [profiles.a]: reply" in found["settings"]["text"]
    assert "message, additional" in found["settings"]["text"]


def test_the_store_is_looked_at(run: Run, service: str, tmp_path: Path) -> None:
    env = at(service) | KEYS
    assert run("ask", "Why is the CPU of rm-demoharbor01 at 97 %?", env=env).returncode == 0
    path = tmp_path / "data" / "das-tui" / "history.db"
    check = checks(run("doctor", "--json", env=env).stdout)["store"]
    assert check["outcome"] == "ok"
    assert check["facts"]["path"] == str(path)
    assert (check["facts"]["sessions"], check["facts"]["mode"]) == (1, "0600")
    assert check["facts"]["version"] >= 1
    assert check["facts"]["size"] >= path.stat().st_size

    path.chmod(0o644)
    check = checks(run("doctor", "--json", env=env).stdout)["store"]
    assert check["outcome"] == "warning"
    assert check["way_out"] == f"chmod 600 {path}"
    assert path.stat().st_mode & 0o777 == 0o644
    path.chmod(0o600)

    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    check = checks(run("doctor", "--json", env=env).stdout)["store"]
    assert (check["outcome"], check["facts"]["version"]) == ("warning", 99)
    assert "newer" in check["text"]

    path.write_bytes(b"no database at all, " * 400)
    done = run("doctor", "--json", env=env)
    assert done.returncode == 2
    check = checks(done.stdout)["store"]
    assert check["outcome"] == "failure"
    assert "damaged" in check["text"]


def test_a_data_folder_that_everybody_can_write(run: Run, service: str, tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    done = run("doctor", "--json", env=at(service) | KEYS | {"DAS_TUI_DATA_DIR": str(folder)})
    assert done.returncode == 2
    check = checks(done.stdout)["store"]
    assert check["way_out"] == f"chmod 700 {folder}"


def in_terminal(home: dict[str, str], size: tuple[int, int], **env: str) -> dict[str, Any]:
    """The checks of a doctor whose input is a terminal of (rows, columns)."""
    master, slave = pty.openpty()
    try:
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        done = subprocess.run(
            [sys.executable, "-m", "das_tui", "doctor", "--json"],
            stdin=slave,
            capture_output=True,
            env=home | env,
            timeout=60,
            check=False,
        )
    finally:
        os.close(master)
        os.close(slave)
    return checks(done.stdout) | {"code": done.returncode}


def test_a_good_terminal(home: dict[str, str], service: str) -> None:
    home |= at(service) | KEYS
    good = {"TERM": "xterm-kitty", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}
    found = in_terminal(home, (40, 120), **good)
    assert found.pop("code") == 0
    assert list(found)[-5:] == ["terminal", "colours", "characters", "clipboard", "keys"]
    assert {check["outcome"] for check in found.values()} == {"ok"}
    facts = found["terminal"]["facts"]
    assert (facts["columns"], facts["rows"], facts["multiplexer"]) == (120, 40, "")
    assert found["clipboard"]["facts"]["osc52"] == "likely"


def test_a_poor_terminal(home: dict[str, str], service: str, tmp_path: Path) -> None:
    home |= at(service) | KEYS
    found = in_terminal(
        home, (8, 30), TERM="vt220", LC_ALL="C", TMUX=f"{tmp_path}/no-such-socket,1,0"
    )
    assert found.pop("code") == 0
    for name in ("terminal", "colours", "characters", "clipboard"):
        assert found[name]["outcome"] == "warning"
        assert found[name]["way_out"]
    assert found["terminal"]["facts"]["multiplexer"] == "tmux"
    found = in_terminal(home, (24, 80), TERM="dumb")
    assert found["code"] == 2
    assert found["terminal"]["outcome"] == "failure"


def test_keys_that_something_takes_are_named(
    home: dict[str, str], service: str, tmp_path: Path
) -> None:
    config = tmp_path / "c.toml"
    (tmp_path / "settings.toml").write_text('[keys]\nplan = "^a"\nquit = "x"\nhelp = "f1"\n')
    home |= at(service) | KEYS | {"DAS_TUI_CONFIG": str(config)}
    found = in_terminal(home, (40, 120), TERM="screen-256color", STY="1.pts", LC_ALL="C.UTF-8")
    assert found["code"] == 0
    assert found["keys"]["outcome"] == "warning"
    assert found["keys"]["facts"]["taken"] == ["^a (plan) is the key of screen"]
    assert found["app settings"]["outcome"] == "warning"
    assert "help cannot have f1: function keys" in found["app settings"]["text"]
    (tmp_path / "settings.toml").write_text('[keys]\nquit = "x"\n')
    found = in_terminal(home, (40, 120), TERM="xterm-256color", LC_ALL="C.UTF-8")
    assert found["keys"]["outcome"] == found["app settings"]["outcome"] == "ok"
    assert "x is now quit; tools has no key left" in found["app settings"]["text"]


def test_rows_fit_the_terminal_and_break_between_words(
    home: dict[str, str], service: str, tmp_path: Path
) -> None:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 70, 0, 0))
    with subprocess.Popen(
        [sys.executable, "-m", "das_tui", "doctor"],
        stdin=slave,
        stdout=slave,
        stderr=subprocess.DEVNULL,
        env=home | at(service) | {"TERM": "xterm", "LC_ALL": "C.UTF-8"},
    ) as child:
        os.close(slave)
        shown = b""
        while piece := _read(master):
            shown += piece
        assert child.wait(20) == 2
    os.close(master)
    rows = shown.decode().splitlines()
    assert max(map(len, rows)) < 70
    start = next(number for number, row in enumerate(rows) if "credentials" in row)
    assert rows[start].startswith("failure  credentials    default: none found; tried:")
    assert rows[start + 1].startswith(" " * 23)


def _read(handle: int) -> bytes:
    try:
        return os.read(handle, 65536)
    except OSError:  # Linux says EIO when the other end is closed
        return b""
