"""Stages: deployments beside each other in one account, each with its own stack, domain and registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.configuration import Configuration, read_configuration
from infra.configuration_mistakes import ConfigurationMistakes

STACK = "AccountVending"

_BESIDE = {"hostedZone": ("hostedZoneId", "parentHostedZoneId"), "receiptRuleSet": ("takeOverReceiving",)}
"""Keys that mean something beside another one only: who gives that anew does not mean the inherited ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What is deployed under one name."""

    stage: str
    """Its name in `vending.stages`; empty for the deployment that `vending` itself describes."""
    configuration: Configuration

    @property
    def stack_name(self) -> str:
        """The stack in the mail region."""
        return STACK + self._suffix

    @property
    def home_stack_name(self) -> str:
        """The stack in Control Tower's home region; without a hyphen, so that no stage can have this name."""
        return f"{STACK}Home{self._suffix}"

    @property
    def metrics(self) -> str:
        """Namespace of the metrics that the functions count."""
        return f"{STACK}/{self.stage}" if self.stage else STACK

    @property
    def place(self) -> str:
        """Where it stands in the context of cdk.json."""
        return f"vending.stages.{self.stage}" if self.stage else "vending"

    @property
    def _suffix(self) -> str:
        return f"-{self.stage}" if self.stage else ""


def read_deployments(context: Mapping[str, Any]) -> list[Deployment]:
    """Read the configuration of everything that is deployed: first `vending` itself, then its stages.

    Raises:
        ConfigurationMistakes: something is wrong; it holds one sentence for each mistake.
    """
    deployments = [Deployment(stage="", configuration=read_configuration(context))]
    mistakes = []
    for stage, keys in deployments[0].configuration.stages.items():
        try:
            configuration = read_configuration(
                {"vending": _whole(context["vending"], keys)}, place=f"vending.stages.{stage}"
            )
        except ConfigurationMistakes as error:
            mistakes += error.mistakes
            continue
        deployment = Deployment(stage=stage, configuration=configuration)
        mistakes += [
            f"cdk.json: {deployment.place}.{mistake}"
            for other in deployments
            for mistake in _in_the_way(configuration, other)
        ]
        deployments.append(deployment)
    if mistakes:
        raise ConfigurationMistakes(mistakes)
    return deployments


def _whole(vending: Mapping[str, Any], keys: Mapping[str, Any]) -> dict[str, Any]:
    """All keys of a stage: its own ones take the place of those it inherits."""
    not_inherited = {"stages", *(key for given in keys for key in _BESIDE.get(given, ()))}
    if not keys.get("watchOrganization"):
        not_inherited.add("homeRegion")
    inherited = {key: value for key, value in vending.items() if key not in not_inherited}
    # Two that watch would both adopt every account of the organization: a stage does so only when told.
    return {**inherited, "watchOrganization": False, **keys}


def _in_the_way(stage: Configuration, other: Deployment) -> list[str]:
    """What of a stage cannot stand beside another deployment, each beginning with the stage's key."""
    theirs = other.configuration
    found = []
    if stage.domain == theirs.domain:
        found.append(
            f"domain must be another than {other.place}.domain: mail to {stage.domain} goes to one of them"
        )
    if stage.mail_region == theirs.mail_region and not (stage.receipt_rule_set or theirs.receipt_rule_set):
        found.append(
            "receiptRuleSet must be given, because only one rule set is active in a region and "
            f"{other.stack_name} has its own: deploy that first, without this stage, and take its output "
            "ReceiptRuleSetName"
        )
    return found
