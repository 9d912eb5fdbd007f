"""Whatever happens to executions, in whatever order: one account for a request, and nobody else's.

Steps fail, lose their answers and die; operators redrive and cancel; requests are sent again; others make
accounts; time passes. `EXAMPLES=1000` tries as many orders, others each time.
"""

from __future__ import annotations

import os
from collections import Counter

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, precondition, rule
from world_for_tests import ADDRESSES, ORDERS, SETTINGS, World

from workflows.vending.registry import Status
from workflows.vending.request import Mode, Order

REDRIVES = 5
"""How often what failed is redriven in the end, when everything is mended."""
TABLE_FAULTS = st.tuples(st.integers(0, 6), st.sampled_from(["before", "after", "killed"]))
"""Which call to the table fails, and how."""
REQUESTS = st.sampled_from(range(len(ORDERS)))


class AnyOrder(RuleBasedStateMachine):
    """Everything that may happen, one thing at a time."""

    runs = Bundle("runs")

    def __init__(self):
        super().__init__()
        self.world = World()

    def teardown(self):
        try:
            self.finish()
        finally:
            self.world.close()

    @property
    def in_progress(self):
        return [one for one in self.world.organization.asked if one.creation.state == "IN_PROGRESS"]

    @rule(target=runs, request=REQUESTS)
    def start(self, request):
        return self.world.start(ORDERS[request])

    @rule(
        run=runs,
        table=st.none() | TABLE_FAULTS,
        organization=st.sampled_from([None, None, "busy", "before", "after", "killed"]),
    )
    def step(self, run, table, organization):
        self.world.step(run, table=table, organization=organization)

    @rule(run=runs)
    def redrive(self, run):
        if run.error:
            self.world.redrive(run)

    @rule(request=REQUESTS)
    def cancel(self, request):
        self.world.cancel(ORDERS[request].request_id)

    @precondition(lambda self: self.in_progress)
    @rule(
        which=st.integers(0, 10),
        failure=st.sampled_from([None, None, "INTERNAL_FAILURE", "ACCOUNT_LIMIT_EXCEEDED"]),
    )
    def aws_settles(self, which, failure):
        self.world.organization.settle(self.in_progress[which % len(self.in_progress)], failure)

    @rule(address=st.sampled_from(ADDRESSES))
    def somebody_makes_an_account(self, address):
        # Whoever makes one with our address after we have begun to ask for it cannot be told from us.
        if "firstAskedAt" not in (self.world.registry.address(address) or {}):
            self.world.organization.made_elsewhere(address)
            self.world.wait(360)

    @rule(address=st.sampled_from(ADDRESSES))
    def an_address_is_taken_outside_the_organization(self, address):
        self.world.organization.take_outside(address)

    @precondition(lambda self: self.world.organization.accounts_by_id)
    @rule(target=runs, which=st.integers(0, 10))
    def an_account_is_adopted(self, which):
        ids = sorted(self.world.organization.accounts_by_id)
        request_id = f"adopt-{len(self.world.runs)}"
        order = Order(request_id=request_id, mode=Mode.ADOPT, account_id=ids[which % len(ids)])
        return self.world.start(order)

    @rule(minutes=st.sampled_from([3, 12]))
    def time_passes(self, minutes):
        self.world.wait(60 * minutes)

    @invariant()
    def a_request_has_one_account_at_most(self):
        made = [one for one in self.world.organization.asked if one.creation.state == "SUCCEEDED"]
        accounts = Counter(one.request_id for one in made)
        assert all(count == 1 for count in accounts.values()), accounts

    @invariant()
    def an_address_is_being_asked_for_once_at_most(self):
        asked = Counter(one.email for one in self.in_progress)
        assert all(count == 1 for count in asked.values()), asked

    @invariant()
    def everybody_has_their_own(self):
        items = list(self.world.registry.addresses())
        accounts = Counter(item["accountId"] for item in items if "accountId" in item)
        assert all(count == 1 for count in accounts.values()), accounts
        ours = {one.creation.account_id: one for one in self.world.organization.asked}
        for item in items:
            if item["status"] == Status.ACTIVE and not item.get("adopted"):
                made = ours.get(item["accountId"])
                assert made, f"{item['address']} has an account that was here before"
                assert (made.request_id, made.email) == (item["requestId"], item["address"])

    def finish(self):
        """Mend everything and redrive: what was not given up has its account, or a reason why not."""
        most = {run: run.redrives + REDRIVES for run in self.world.runs}
        for _ in range(60):
            self.world.wait(200)
            for asked in self.in_progress:
                self.world.organization.settle(asked, None)
            for run, redrives in most.items():
                if run.error and run.redrives < redrives:
                    self.world.redrive(run)
                self.world.step(run)
            if all(
                run.state == "End" or (run.error and run.redrives == redrives)
                for run, redrives in most.items()
            ):
                break
        self.a_request_has_one_account_at_most()
        self.everybody_has_their_own()
        for run in most:
            assert run.over, run
            assert not run.error or run.error in self.reasons(run), run

    def reasons(self, run):
        """The errors that no redrive of an execution can mend, here."""
        if run.order.mode is Mode.ADOPT:
            return {"AccountRegisteredElsewhere", "RequestCancelled"}
        cancelled = {"RequestCancelled"} if self.world.cancels[run.order.request_id] else set()
        if run.order.account_email:
            return {"AddressTaken", "EmailTaken", "NameTaken"} | cancelled
        taken = self.world.organization.elsewhere or self.world.organization.accounts_by_id
        return {"NameTaken", *(["AccountCreationFailed"] if taken else [])} | cancelled


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(
    max_examples=int(os.environ.get("EXAMPLES", "20")),
    derandomize="EXAMPLES" not in os.environ,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def test_creations_in_flight_never_exceed_the_slots():
    world = World()
    try:
        runs = [world.start(ORDERS[request]) for request in (0, 1, 2)]
        for _ in range(4):
            for run in runs:
                world.step(run)
        in_progress = [one.email for one in world.organization.asked]
        assert len(in_progress) == SETTINGS.creations_in_flight
        assert [run.state for run in runs] == ["CheckAccount", "CheckAccount", "CreateAccount"]
    finally:
        world.close()


def test_an_execution_whose_address_its_twin_found_taken_gets_the_other_one_too():
    world = World()
    try:
        world.organization.take_outside(ADDRESSES[0])
        first, second = world.start(ORDERS[0]), world.start(ORDERS[0])
        for run in (first, second, first):
            world.step(run)
        world.organization.settle(world.organization.asked[0], None)
        world.step(first)
        assert (first.state, second.state) == ("VendEmail", "CreateAccount")
        for _ in range(6):
            world.step(first)
            world.step(second)
            for asked in world.organization.asked[1:]:
                world.organization.settle(asked, None)
        assert (first.state, second.state) == ("End", "End")
        assert first.account_id == second.account_id
    finally:
        world.close()
