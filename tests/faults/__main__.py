"""The whole fault matrix on a local AWS of its own: `make matrix`."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from rich.console import Console

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from aws_for_tests import serving  # noqa: E402 - it lies beside this folder
from matrix_cells import every_cell, nastiest_cells  # noqa: E402 - likewise
from matrix_mails import Mails  # noqa: E402 - likewise
from matrix_report import Part, page  # noqa: E402 - likewise
from matrix_vends import Vends  # noqa: E402 - likewise

SPEED = 200
PARTS = {
    "Vends": Vends,
    "Twins": partial(Vends, executions=2),
    "Mails": Mails,
}


def main():
    """Exit code 1 if a cell did not survive."""
    parser = argparse.ArgumentParser(prog="python tests/faults", description=__doc__)
    parser.add_argument(
        "words", nargs="*", metavar="WORD", help="only cells with one of the words in the title"
    )
    parser.add_argument("--only", action="append", choices=PARTS, help="this part of the matrix")
    parser.add_argument("--one", action="store_true", help="one fault for each call: the nastiest")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table there")
    options = parser.parse_args()
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "log.txt", speed=SPEED) as aws:
        parts = [run(title, PARTS[title](aws), options, console) for title in options.only or PARTS]
        for part in parts:
            sys.stdout.write("\n".join([f"\n{part.title}", *part.lines(), *part.failures()]) + "\n")
        if options.write:
            options.write.write_text(page(parts), "utf-8")
    return int(any(part.problems for part in parts))


def run(title, runs, options, console):
    """Record the calls of a clean run, and run the cells."""
    started = time.monotonic()
    calls = runs.record()
    cells = [
        one
        for one in (nastiest_cells if options.one else every_cell)(calls)
        if not options.words or any(word in one.title for word in options.words)
    ]
    console.print(f"{title}: {len(calls)} calls, {len(cells)} cells")
    done = []

    def progress(outcome):
        done.append(outcome)
        redriven = (
            f", redriven {outcome.redrives}x after {', '.join(outcome.errors)}" if outcome.errors else ""
        )
        console.print(f"{len(done):4}/{len(cells)} {outcome.cell.title}: {outcome.status}{redriven}")

    outcomes = runs.run(cells, progress)
    return Part(title, calls, outcomes, runs.problems(outcomes), time.monotonic() - started)


if __name__ == "__main__":
    sys.exit(main())
