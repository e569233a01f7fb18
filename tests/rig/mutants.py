"""R15: faults put into a copy of the program on purpose; the suite must fail for each."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.rig.figure import Figure
from tests.rig.home import REPOSITORY, environment

_SECONDS = 600


@dataclass(frozen=True)
class Mutant:
    """A fault: `old` in a file of the program becomes `new`; `tests` must notice."""

    what: str
    file: str
    old: str
    new: str
    tests: str


MUTANTS = (
    Mutant(
        "repeats are shown twice",
        "run/ledger.py",
        "        if self._seen[kind] <= known[kind]:",
        "        if self._seen[kind] < 0:",
        "tests/run/test_ledger.py",
    ),
    Mutant(
        "resumed behind the last event instead of the last closed group",
        "run/ledger.py",
        "        closed = self._epochs[-1].closed\n        return closed if",
        "        closed = self._epochs[-1].top + 1\n        return closed if",
        "tests/run/test_ledger.py",
    ),
    Mutant(
        "shown before it is stored",
        "run/writer.py",
        "        self._commit(batch)\n        with",
        "        for kept, readings in told:\n            self._published(kept, readings)\n"
        "        self._commit(batch)\n        with",
        "tests/run/test_writer.py",
    ),
    Mutant(
        "C1 controls come through",
        "view/clean.py",
        "    char = chr(code)\n    printable =",
        "    char = chr(code)\n    if 0x80 <= code < 0xA0:\n        return char\n    printable =",
        "tests/view/test_clean.py",
    ),
    Mutant(
        "bidirectional overrides come through",
        "view/clean.py",
        "    printable = char.isprintable() or code in _KEPT",
        "    printable = char.isprintable() or code in _KEPT or code == 0x202E",
        "tests/view/test_clean.py",
    ),
    Mutant(
        "a redirect is followed",
        "wire/endpoint.py",
        "follow_redirects=False",
        "follow_redirects=True",
        "tests/wire/test_transport.py",
    ),
    Mutant(
        "a nonce is used twice",
        "wire/auth.py",
        'headers["x-acs-signature-nonce"] = self._nonce()',
        'headers["x-acs-signature-nonce"] = "always"',
        "tests/wire tests/demo",
    ),
    Mutant(
        "Retry-After is not obeyed",
        "run/backoff.py",
        "        return wait if retry_after is None else retry_after + wait",
        "        return wait",
        "tests/run",
    ),
    Mutant(
        "an end without a terminal event is a finish",
        "domain/turn.py",
        "    def _run_cut(self, event: ev.RunCut) -> None:",
        "    def _run_cut(self, event: ev.RunCut) -> None:\n"
        "        self._end(State.FINISHED, steps=StepStatus.FINISHED)\n        return\n",
        "tests/domain tests/run/test_das_runs.py",
    ),
    Mutant(
        "a secret is in its repr",
        "wire/credentials.py",
        "class Secret:\n",
        "class Secret:\n    def __format__(self, _: str) -> str:\n        return self._value\n\n",
        "tests/wire/test_secrets.py",
    ),
    Mutant(
        "secrets are not redacted by value",
        "wire/redact.py",
        "    for spelling in _spellings(secrets):",
        "    for spelling in ():",
        "tests/wire",
    ),
    Mutant(
        "the store is readable by everybody",
        "store/place.py",
        "_FILE = 0o600",
        "_FILE = 0o644",
        "tests/store",
    ),
    Mutant(
        "the barrier lets everything through",
        "tui/app.py",
        "        return [*own, self.barrier]",
        "        return own",
        "tests/tui/test_paint.py",
    ),
    Mutant(
        "what waits for a stalled terminal grows without bound",
        "run/feed.py",
        "len(known.blocks) > self._room.get(key, self._most)",
        "len(known.blocks) < 0",
        "tests/run/test_feed.py",
    ),
    Mutant(
        "what was dropped for a stalled terminal is not fetched again",
        "run/feed.py",
        "        for key in behind:\n            self._behind(key)\n",
        "",
        "tests/run/test_feed.py",
    ),
    Mutant(
        "a profile that is read-only sends",
        "run/gate.py",
        "        if house.account.read_only:",
        "        if False:",
        "tests/run/test_engine.py",
    ),
    Mutant(
        "a malformed frame ends the stream",
        "wire/sse.py",
        "        frame = Frame(self._event,",
        "        assert not self._oversized\n        frame = Frame(self._event,",
        "tests/wire/test_sse.py",
    ),
)


def measure(share: float) -> Iterable[Figure]:
    """Every fault in a copy of its own; with a small share some of them."""
    chosen = MUTANTS[:: max(1, round(1 / share) // 3)] if share < 1 else MUTANTS
    missed = [mutant.what for mutant in chosen if not _caught(mutant)]
    for what in missed:
        print(f"not caught: {what}")
    yield Figure(
        "R15",
        "faults put in that the suite catches",
        f"{len(chosen) - len(missed)} of {len(chosen)}",
        f"{len(chosen)}; 12 in all",
        not missed and len(MUTANTS) >= 12,
    )


def _caught(mutant: Mutant) -> bool:
    with tempfile.TemporaryDirectory(prefix="das-tui-mutant-") as name:
        copy = Path(name) / "copy"
        skipped = shutil.ignore_patterns(".*", "__pycache__", "screenshots")
        shutil.copytree(REPOSITORY, copy, ignore=skipped)
        file = copy / "das_tui" / mutant.file
        text = file.read_text(encoding="utf-8")
        assert text.count(mutant.old) == 1, f"{mutant.what}: the code is another now"
        file.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider"]
        done = subprocess.run(
            [*command, *mutant.tests.split()],
            cwd=copy,
            env=environment(Path(name)) | {"PYTHONPATH": str(copy)},
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
        report = done.stdout.decode(errors="replace")
        assert done.returncode in (0, 1), report[-2000:]
        return done.returncode == 1 and "FAILED " in report
