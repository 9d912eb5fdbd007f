"""Which receipt rule set is active: one per account and region, and maybe somebody else's."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from workflows.vending.registry import STATE
from workflows.vending.table import Delete, Key, Put, Table

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient


class Activation(StrEnum):
    """What was done."""

    ACTIVATED = "ACTIVATED"
    ACTIVE_ALREADY = "ACTIVE_ALREADY"
    LEFT_TO_ANOTHER = "LEFT_TO_ANOTHER"
    """Another rule set is active and stays so; `vend doctor` says what to do."""
    GIVEN_BACK = "GIVEN_BACK"
    """What was active before ours is active again."""
    NONE_ACTIVE = "NONE_ACTIVE"
    """Ours is no longer active, and nothing was before it, or it is gone."""


class OthersRules(Exception):
    """Our rule set has rules of somebody else, which would receive nothing any more; nothing was changed."""

    def __init__(self, ours: str, rules: Sequence[str]) -> None:
        super().__init__(
            f"The receipt rule set {ours} has rules that are not this stack's: {', '.join(rules)}. "
            "Other mail is received by them, so it stays the active one. Move them to a rule set of their "
            "owners' (a stage: delete it first), or delete them; then do this again."
        )


class RuleSets:
    """Activates our rule set and gives back what was active before, however often it is asked.

    What ours took the place of is kept in the registry's table: the function that deletes is told nothing
    but names.
    """

    def __init__(self, client: SESClient, table: Table) -> None:
        self._client = client
        self._table = table

    def activate(self, ours: str, *, rule: str, take_over: bool, earlier: str = "") -> Activation:
        """Make our rule set active, unless another is and may stay.

        Args:
            ours: the name of our rule set.
            rule: the name of our rule in it.
            take_over: whether it takes the place of another one; if not, an earlier take-over is undone.
            earlier: the name ours had before an update; it makes way, and is never given back.

        Raises:
            OthersRules: ours would have to make way, and somebody else receives by it, too.
        """
        active, rules = self._active()
        if active == ours:
            before = "" if take_over else self._before(ours)
            if before:
                _check_only_ours(active, rules, rule)
            if before and self._set(before):
                self._table.write(Delete(key=_key(ours)))
                return Activation.GIVEN_BACK
            return Activation.ACTIVE_ALREADY
        ours_before = bool(earlier) and active == earlier
        if active and not take_over and not ours_before:
            return Activation.LEFT_TO_ANOTHER
        if ours_before:
            _check_only_ours(active, rules, rule)
        # Before it is done: a function that dies in between must not forget it.
        pk, sk = _key(ours)
        before = self._before(earlier) if ours_before else active
        self._table.write(Put(item={"pk": pk, "sk": sk, "before": before}))
        self._client.set_active_receipt_rule_set(RuleSetName=ours)
        return Activation.ACTIVATED

    def release(self, ours: str, *, rule: str) -> Activation:
        """Give back what was active before ours, only while ours is still the active one.

        Raises:
            OthersRules: somebody else receives by it, too.
        """
        outcome = Activation.LEFT_TO_ANOTHER
        active, rules = self._active()
        if active == ours:
            _check_only_ours(active, rules, rule)
            before = self._before(ours)
            if before and self._set(before):
                outcome = Activation.GIVEN_BACK
            else:
                self._client.set_active_receipt_rule_set()
                outcome = Activation.NONE_ACTIVE
        self._table.write(Delete(key=_key(ours)))
        return outcome

    def _active(self) -> tuple[str, list[str]]:
        """The name of the active rule set, empty for none, and those of its rules."""
        answer = self._client.describe_active_receipt_rule_set()
        rules = [str(rule.get("Name", "")) for rule in answer.get("Rules", [])]
        return str(answer.get("Metadata", {}).get("Name", "")), rules

    def _set(self, name: str) -> bool:
        """Activate a rule set; False if it does not exist any more."""
        try:
            self._client.set_active_receipt_rule_set(RuleSetName=name)
        except self._client.exceptions.RuleSetDoesNotExistException:
            return False
        return True

    def _before(self, ours: str) -> str:
        item = self._table.get(_key(ours))
        return str(item["before"]) if item else ""


def _check_only_ours(rule_set: str, rules: Sequence[str], rule: str) -> None:
    if others := [name for name in rules if name != rule]:
        raise OthersRules(rule_set, others)


def _key(rule_set: str) -> Key:
    return f"RULE_SET#{rule_set}", STATE
