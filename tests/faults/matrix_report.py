"""What the fault matrix found, as a table by call."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Row:
    """The cells of one call."""

    caller: str
    call: str
    cells: int = 0
    survived: int = 0
    redriven: int = 0


@dataclass(slots=True)
class Part:
    """The outcomes of one kind of run: vends, or mails."""

    title: str
    calls: list
    outcomes: list
    problems: dict
    seconds: float
    rows: list = field(init=False)

    def __post_init__(self):
        rows = {call: Row(call.principal, call.title) for call in self.calls}
        for outcome in self.outcomes:
            row = rows[outcome.cell.call]
            row.cells += 1
            row.survived += outcome.cell not in self.problems
            row.redriven += bool(outcome.redrives)
        self.rows = [row for row in rows.values() if row.cells]

    @property
    def total(self):
        """All rows in one."""
        sums = (sum(getattr(row, name) for row in self.rows) for name in ("cells", "survived", "redriven"))
        return Row("All", "", *sums)

    def lines(self):
        """The table in Markdown."""
        yield "| caller | call | cells | survived | of these redriven |"
        yield "|---|---|--:|--:|--:|"
        for row in [*self.rows, self.total]:
            yield f"| {row.caller} | {row.call} | {row.cells} | {row.survived} | {row.redriven} |"

    def failures(self):
        """One line for each cell that did not survive."""
        for cell, wrong in self.problems.items():
            yield f"{cell.title}: {'; '.join(wrong)}"


INTRODUCTION = """# Reliability

Written by `make matrix`. It records the AWS calls of one clean run on the local AWS, and then runs once
more for every call and everything that can go wrong with it: the call fails before its effect (until the
SDK gives up), its answer is lost after the effect (once; every time the SDK tries), it is throttled
once, ten times, denied, and the function's worker is killed before and after it. What failed is
redriven, as an operator would do.

A vend has survived when there is exactly one account of its name in the organization, in its unit; one
address; one ACTIVE item in the registry that names both; no slot and no mark of work under way left; a
welcome and an event `Account Vended`, and more than one only where the answer of SendEmail or PutEvents,
or what follows it in the same step, was lost.

The second table is about the same calls while two executions of each request run at the same time: both
succeed with the same account, and each announces it.

A mail has survived when it was sent, its bounce noticed, the account flagged, the administrator told,
and the mail sent to the administrator; each of the three mails once, or twice where the answer of
SendEmail or a record of the sending was lost. What became a dead letter was redriven.
"""


def page(parts):
    """The page that shows all parts."""
    sections = []
    for part in parts:
        total = part.total
        summary = (
            f"{total.survived} of {total.cells} cells survived, {total.redriven} of them after a redrive."
        )
        failures = [f"- {failure}" for failure in part.failures()]
        sections.append("\n".join([f"## {part.title}", "", summary, "", *part.lines(), *failures]))
    return "\n\n".join([INTRODUCTION.rstrip(), *sections]) + "\n"
