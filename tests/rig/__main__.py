"""`python -m tests.rig [NAME…] [--share X] [--page FILE]`."""

import argparse
import importlib
import sys
import time
from pathlib import Path

from benchmarks.table import machine, put
from tests.rig.figure import Figure, Measure, table

MEASURES = {
    "R1": "conformance",
    "R2": "bad_input",
    "R3": "cuts",
    "R4": "survival",
    "R5": "kills",
    "R6": "ends",
    "R7": "fuzz",
    "R8": "hostile",
    "R9": "memory",
    "R10": "discipline",
    "R11": "canaries",
    "R12": "isolation",
    "R13": "stalled",
    "R14": "truth",
    "R15": "mutants",
}
"""The promises and the modules that measure them."""


def measure(name: str) -> Measure:
    """What measures a promise."""
    module = importlib.import_module(f"tests.rig.{MEASURES[name]}")
    found: Measure = module.measure
    return found


def main(arguments: list[str]) -> int:
    """Measure, print the table; 1 where a goal was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.rig", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="R1 and so on; default: all")
    parser.add_argument("--share", type=float, default=1.0, help="of the long ones (1)")
    parser.add_argument("--page", type=Path, metavar="FILE", help="put the table into this page")
    options = parser.parse_args(arguments)
    unknown = set(options.names) - set(MEASURES)
    if unknown:
        parser.error(f"nothing measures {' '.join(sorted(unknown))}")
    figures: list[Figure] = []
    for name in MEASURES:
        if name in options.names or not options.names:
            begun = time.monotonic()
            figures += measure(name)(options.share)
            print(f"{name}: {time.monotonic() - begun:.0f} s", file=sys.stderr)
    text = table(figures)
    print(text)
    if options.page is not None:
        where = "\n".join(f"- {line}" for line in machine().values())
        put(options.page, f"{where}\n- share {options.share:g}\n\n{text}")
    return 0 if all(figure.met for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
