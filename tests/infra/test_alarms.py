"""Each thing that may go wrong rings, is explained to whoever it wakes, and costs little."""

from __future__ import annotations

import json
import re

import pytest

from infra.configuration import ROOT

WATCHED = {
    "ExecutionsFailed": ("AWS/States", "ExecutionsFailed"),
    "ExecutionsTimedOut": ("AWS/States", "ExecutionsTimedOut"),
    "MailHeld": ("AccountVending", "MailHeld"),
    "OwnerUnreachable": ("AccountVending", "OwnerUnreachable"),
    "ForwarderErrors": ("AWS/Lambda", "Errors"),
    "ForwarderThrottled": ("AWS/Lambda", "Throttles"),
    "MailComesAgain": ("AccountVending", "MailComesAgain"),
    "OldestMail": ("AWS/SQS", "ApproximateAgeOfOldestMessage"),
}
PRICES = {"AWS::KMS::Key": 1.00, "AWS::CloudWatch::Alarm": 0.10, "AWS::CloudWatch::Dashboard": 3.00}
"""Dollars a month, whether anything happens or not (list prices, us-east-1; see docs/cost.md)."""


def alarms_of(template):
    return template.of_type("AWS::CloudWatch::Alarm")


@pytest.mark.parametrize(("name", "metric"), WATCHED.items())
def test_what_may_go_wrong_is_watched_and_silence_is_no_alarm(template, name, metric):
    alarm = template.resources[template.named("AWS::CloudWatch::Alarm", f"Alarms{name}")]["Properties"]
    assert (alarm["Namespace"], alarm["MetricName"]) == metric
    assert alarm["TreatMissingData"] == "notBreaching"
    assert alarm["AlarmActions"] == [{"Ref": template.named("AWS::SNS::Topic", "Operations")}]
    assert alarm["AlarmDescription"]


def test_every_alarm_has_its_runbook(template):
    page = (ROOT / "docs" / "operate.md").read_text("utf-8")
    runbooks = re.findall(r"^### (\w+)$", page, flags=re.MULTILINE)
    for name in alarms_of(template):
        assert any(runbook in name for runbook in runbooks), name


def test_what_is_there_without_any_vend_costs_under_three_dollars_a_month(template):
    assert idle(template) < 3


def test_with_the_dashboard_it_costs_under_six_dollars_a_month(synthesized):
    template = synthesized(dashboard=True)
    assert idle(template) < 6
    body = json.dumps(template.only("AWS::CloudWatch::Dashboard")["Properties"]["DashboardBody"])
    for metric in ("SecondsToReady", "CreationFailed", "MailForwarded", "MailHeld", "ExecutionsFailed"):
        assert metric in body


def idle(template):
    return sum(PRICES.get(one["Type"], 0) for one in template.resources.values())
