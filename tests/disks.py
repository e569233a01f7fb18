"""A small disk of its own for a program, which can be filled and be made read-only meanwhile."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_BLOCK = 4096


class Disk:
    """A file system in memory that only programs started with `inside` see, at `place`."""

    def __init__(self, holder: "subprocess.Popen[bytes]", place: Path) -> None:
        self.place = place
        self.inside = ["nsenter", "-t", str(holder.pid), "-U", "-m", "--preserve-credentials"]
        """What stands before the command of a program that uses the disk."""
        self.seen = Path(f"/proc/{holder.pid}/root{place}")
        """Where the disk can be looked at from outside."""

    def fill(self) -> None:
        """Leave no room."""
        try:
            with (self.seen / "filler").open("ab", buffering=0) as file:
                while True:
                    file.write(b"x" * _BLOCK)
        except OSError:
            return

    def free(self) -> None:
        """Give the room back."""
        (self.seen / "filler").unlink()

    def writable(self, yes: bool) -> None:
        """Allow writing, or forbid it."""
        options = f"remount,{'rw' if yes else 'ro'}"
        subprocess.run([*self.inside, "mount", "-o", options, str(self.place)], check=True)


@contextmanager
def disk(place: Path, size: str = "1m") -> Iterator[Disk]:
    """A disk of `size` mounted at the folder `place`, which is made; the test is skipped where
    that is not allowed."""
    if not shutil.which("unshare") or not shutil.which("nsenter"):
        pytest.skip("no disk can be made here")
    place.mkdir()
    script = 'mount -t tmpfs -o "size=$1,mode=0700" tmpfs "$2" && echo made && exec cat'
    holder = subprocess.Popen(
        ["unshare", "-rm", "sh", "-c", script, "sh", size, str(place)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=dict(os.environ),
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    try:
        if holder.stdout.readline() != b"made\n":
            pytest.skip("no disk can be made here")
        yield Disk(holder, place)
    finally:
        holder.stdin.close()
        holder.stdout.close()
        holder.wait(20)
