"""One fault for every AWS call of a vend; `make matrix` tries everything that can go wrong with each."""

from __future__ import annotations

from matrix_cells import LOST, Cell, nastiest_cells
from matrix_vends import Vends


def test_a_vend_survives_the_nastiest_fault_of_every_call(aws):
    vends = Vends(aws)
    calls = vends.record()
    assert len(calls) > 35
    outcomes = vends.run(nastiest_cells(calls))
    assert {cell.title: wrong for cell, wrong in vends.problems(outcomes).items()} == {}


def test_two_executions_of_one_request_survive_lost_answers(aws):
    twins = Vends(aws, executions=2)
    cells = [Cell(call, LOST) for call in twins.record() if call.isolated]
    outcomes = twins.run(cells)
    assert {cell.title: wrong for cell, wrong in twins.problems(outcomes).items()} == {}
