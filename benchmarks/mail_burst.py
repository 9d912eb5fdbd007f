"""Receives 2,000 mails in a burst while SES throttles, and accounts for every one of them."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from rich.console import Console

from benchmarks.inbound import DOMAIN, Inbound, a_mail
from benchmarks.report import Report
from benchmarks.vends import deployment

MAILS = 2_000
MISSING, INFECTED, UNKNOWN = 20, 100, 80
"""Of them: mails whose object is gone, with a virus, and for unknown addresses without a vouching verdict."""
ACCOUNTS = 50
THROTTLED, AT_ONCE = 200, 20
"""Calls of SendEmail that SES answers with TooManyRequestsException: all of them, and one after the other."""
SPEED = 100


def report() -> Report:
    """Let all arrive, wait until all are accounted for, count."""
    with deployment(speed=SPEED) as aws:
        inbound = Inbound.of(aws)
        for number in range(ACCOUNTS):
            inbound.own(f"account-{number}@{DOMAIN}", f"owner-{number}@example.com")
        for order in _throttling():
            inbound.control("faults", order)
        started = time.monotonic()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: _arrive(inbound, number), range(MAILS)))
        arrived = time.monotonic() - started
        _wait(inbound)
        seconds = time.monotonic() - started
        outcomes = Counter(item["outcome"]["S"] for item in inbound.outcomes())
        dead = inbound.dead_letters()
        sent = Counter(_id_of(mail) for mail in inbound.control("outbox") if _is_copy(mail))
    expected = {
        "forwarded": MAILS - MISSING - INFECTED - UNKNOWN,
        "held": INFECTED + UNKNOWN,
        "dead-lettered": MISSING,
    }
    found = {"forwarded": outcomes["forwarded"], "held": outcomes["held"], "dead-lettered": dead}
    repeats = sum(sent.values()) - len(sent)
    rows = [
        ("mails", f"{MAILS:,}"),
        *((name, f"{count:,}") for name, count in found.items()),
        ("accounted for", f"{sum(found.values()):,}"),
        ("sent twice", str(repeats)),
        ("throttled by SES", str(THROTTLED)),
        ("arrived in", f"{arrived:.0f} s"),
        ("took", f"{seconds:.0f} s, {MAILS / seconds:.1f} a second"),
    ]
    missed = [
        f"{found[name]} mails {name} instead of {count}"
        for name, count in expected.items()
        if found[name] != count
    ]
    missed += [f"{repeats} mails were sent twice"] * bool(repeats)
    about = (
        f"{MAILS:,} mails at once for {ACCOUNTS} owners through the whole path of the local AWS (SES, S3, "
        f"SNS, SQS, Lambda, SES) at speed {SPEED}, four functions at once. SES throttles {THROTTLED} sends, "
        f"{AT_ONCE} at a time; {INFECTED} have a virus, {UNKNOWN} are for unknown addresses, {MISSING} are "
        "missing in the bucket."
    )
    return Report("Two thousand mails in a burst", about, ("what", "found"), rows, missed)


def _throttling() -> Iterator[dict[str, object]]:
    """Throttle now and then: at this speed all at once would outlast every receive of some mail."""
    times = THROTTLED // AT_ONCE
    for number in range(times):
        yield {
            "service": "sesv2",
            "operation": "SendEmail",
            "when": "before",
            "error": "TooManyRequestsException",
            "times": AT_ONCE,
            "skip": (number + 1) * (MAILS // (2 * times)),
        }


def _arrive(inbound: Inbound, number: int) -> None:
    if number < MISSING:
        inbound.send(_notification_of_nothing(inbound, number))
    elif number < MISSING + INFECTED:
        inbound.receive(a_mail(number), _account(number), virus="FAIL")
    elif number < MISSING + INFECTED + UNKNOWN:
        inbound.receive(a_mail(number), f"nobody-{number}@{DOMAIN}", spam="GRAY")
    else:
        inbound.receive(a_mail(number), _account(number))


def _account(number: int) -> str:
    return f"account-{number % ACCOUNTS}@{DOMAIN}"


def _notification_of_nothing(inbound: Inbound, number: int) -> str:
    action = {
        "type": "S3",
        "bucketName": inbound.aws.outputs["MailBucketName"],
        "objectKey": f"inbound/gone-{number}",
    }
    return json.dumps(
        {
            "mail": {"messageId": f"gone-{number}", "source": "", "timestamp": "2025-04-01T10:00:00.000Z"},
            "receipt": {"recipients": [_account(number)], "action": action},
        }
    )


def _wait(inbound: Inbound) -> None:
    console = Console(stderr=True)
    deadline = time.monotonic() + 900
    while time.monotonic() < deadline:
        done = sum(1 for _ in inbound.outcomes()) + inbound.dead_letters()
        if done >= MAILS:
            return
        console.print(f"  {done:,} of {MAILS:,} accounted for")
        time.sleep(5)


def _is_copy(mail: dict[str, object]) -> bool:
    return b"X-Vended-Message-ID:" in _raw(mail)


def _id_of(mail: dict[str, object]) -> bytes:
    raw = _raw(mail)
    return raw[raw.index(b"X-Vended-Message-ID:") :].partition(b"\r\n")[0]


def _raw(mail: dict[str, object]) -> bytes:
    import base64

    return base64.b64decode(str(mail["raw"]))
