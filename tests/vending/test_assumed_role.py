"""Outside the management account Organizations is called as a role in it."""

from __future__ import annotations

from workflows.vending.assumed_role import session_of

ROLE = "arn:aws:iam::210987654321:role/vending"


def test_the_role_is_assumed_at_the_first_call_and_then_kept(aws, monkeypatch):
    for name, value in aws.environment.items():
        monkeypatch.setenv(name, value)
    before = len(aws.calls("sts", "AssumeRole"))
    caller = session_of(ROLE, session_name="CheckAccount").client("sts")
    assert len(aws.calls("sts", "AssumeRole")) == before
    for _ in range(2):
        caller.get_caller_identity()
    (assumed,) = aws.calls("sts", "AssumeRole")[before:]
    assert assumed["request"]["RoleArn"] == ROLE
    assert assumed["request"]["RoleSessionName"] == "CheckAccount"
    assert assumed["principal"] == "operator"
    callers = [one["principal"] for one in aws.calls("sts", "GetCallerIdentity")[-2:]]
    assert "operator" not in callers  # with the role's keys, not their own
