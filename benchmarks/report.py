"""What a benchmark found: printed for people, and kept in docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table


@dataclass(frozen=True, slots=True)
class Report:
    """One benchmark: a table, and the budgets it missed, a sentence each."""

    title: str
    about: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    missed: Sequence[str] = ()

    def as_table(self) -> Table:
        """The report for a terminal."""
        verdict = (
            "within budget" if not self.missed else "; ".join(f"over budget: {one}" for one in self.missed)
        )
        table = Table(title=self.title, caption=verdict)
        for number, column in enumerate(self.columns):
            table.add_column(column, justify="left" if number == 0 else "right")
        for row in self.rows:
            table.add_row(*row)
        return table

    def as_markdown(self) -> str:
        """The report as a section of a document."""
        lines = [
            f"## {self.title}",
            "",
            self.about,
            "",
            f"| {' | '.join(self.columns)} |",
            f"|{'|'.join(['---'] + ['---:'] * (len(self.columns) - 1))}|",
            *(f"| {' | '.join(row)} |" for row in self.rows),
        ]
        if self.missed:
            lines += ["", *(f"**Over budget**: {one}." for one in self.missed)]
        return "\n".join(lines) + "\n"
