"""Runs the benchmarks named on the command line, or all, and keeps what they found in docs/benchmarks.md."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from rich.console import Console

from benchmarks.report import Report

BENCHMARKS = ("mail_rewrite", "mail_memory", "mail_burst", "handler_imports", "one_vend", "many_vends")
DOCUMENT = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def main() -> int:
    """Exit code 1 where a budget was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"{', '.join(BENCHMARKS)}; all if none is named"
    )
    names = parser.parse_args().names or BENCHMARKS
    if unknown := set(names) - set(BENCHMARKS):
        parser.error(
            f"there is no benchmark {', '.join(sorted(unknown))}; choose from {', '.join(BENCHMARKS)}"
        )
    reports = []
    for name in names:
        Console(stderr=True).print(f"Measuring {name} ...")
        report: Report = import_module(f"benchmarks.{name}").report()
        Console().print(report.as_table())
        reports.append(report)
    if tuple(names) == BENCHMARKS:
        DOCUMENT.write_text(_document(reports), encoding="utf-8")
    return 1 if any(report.missed for report in reports) else 0


def _document(reports: list[Report]) -> str:
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors"
    machine = f"{system}, Python {platform.python_version()}"
    opening = (
        "# Benchmarks\n\n"
        "Written by `make bench`. Times depend on the machine; "
        "the ratios and counts are what the budgets are about.\n\n"
        f"{datetime.now(UTC):%Y-%m-%d}, {machine}.\n\n"
    )
    return opening + "\n".join(report.as_markdown() for report in reports)


if __name__ == "__main__":
    sys.exit(main())
