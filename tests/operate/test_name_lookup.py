"""Names are looked up where they should be, and the delegation of a zone of ours is one of them."""

from __future__ import annotations

import dns.message
import dns.resolver
import pytest

from workflows.operate.doctor_dns import DnsHealth
from workflows.operate.doctor_mail import MailHealth
from workflows.operate.findings import State, examine
from workflows.operate.name_lookup import LocalDns, LookupFailed, PublicDns

SERVERS = ["ns-1.awsdns-00.com", "ns-2.awsdns-00.org"]


class Zone:
    """A name server that knows one record, as dnspython asks it."""

    def __init__(self, record="", error=None):
        self._record = record
        self._error = error

    def resolve(self, name, kind, **_):
        if self._error:
            raise self._error
        answer = f";ANSWER\n{name} 300 IN {kind} {self._record}\n" if self._record else ""
        response = dns.message.from_text(
            f"id 1\nopcode QUERY\nflags QR\n;QUESTION\n{name} IN {kind}\n{answer}"
        )
        asked = response.question[0]
        return dns.resolver.Answer(asked.name, asked.rdtype, asked.rdclass, response)


class Published:
    """Records by name and type."""

    def __init__(self, **by_type):
        self._by_type = by_type

    def records(self, _name, kind):
        return self._by_type.get(kind, [])


def delegation(lookup):
    mail = MailHealth(None, None, "aws.example.com", "us-east-1", "ours")
    (check,) = (one for one in DnsHealth(mail, lookup, SERVERS).checks() if one.name == "DNS delegation")
    (finding,) = examine([check])
    return finding


def test_text_in_several_strings_is_one_value():
    assert PublicDns(Zone('"v=spf1 " "-all"')).records("a.example.com", "TXT") == ["v=spf1 -all"]
    assert PublicDns(Zone("10 mx.example.com.")).records("a.example.com", "MX") == ["10 mx.example.com."]


@pytest.mark.parametrize(
    "error", [dns.resolver.NXDOMAIN(), dns.resolver.NoAnswer.__new__(dns.resolver.NoAnswer)]
)
def test_what_does_not_exist_has_no_records(error):
    assert PublicDns(Zone(error=error)).records("a.example.com", "TXT") == []


def test_name_servers_that_do_not_answer_are_not_taken_for_a_missing_record():
    with pytest.raises(LookupFailed, match=r"a\.example\.com MX could not be looked up"):
        PublicDns(Zone(error=dns.resolver.NoNameservers())).records("a.example.com", "MX")
    with pytest.raises(LookupFailed, match="did not look"):
        LocalDns("http://127.0.0.1:9").records("a.example.com", "MX")


def test_a_zone_that_nobody_delegates_to_comes_with_the_record_for_its_parent():
    finding = delegation(Published(NS=["ns.elsewhere.example."]))
    assert finding.state is State.WRONG
    assert [str(one) for one in finding.records] == [f"aws.example.com NS {', '.join(SERVERS)}"]
    assert delegation(Published(NS=[f"{SERVERS[0].upper()}."])).state is State.OK
