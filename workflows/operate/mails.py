"""Inbound mails as operators deal with them: what became of them, once more, and again after a failure."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from workflows.mail.envelope import NotificationUnreadable, Replay, SetupNotification, read_notification
from workflows.mail.inbound_queue import InboundQueue
from workflows.mail.mail_store import MailMissing, MailStore
from workflows.mail.records import MailRecords
from workflows.operate.aws_errors import problem_of
from workflows.operate.interruptions import interruptible
from workflows.operate.problems import MailNotFound, MailsNotReplayed

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

    from workflows.operate.deployment import Deployment
    from workflows.operate.terminal import Terminal

_AT_ONCE = 10
_LAST_LOOK = 2
"""Seconds to wait for more dead letters before calling it a day."""
_NOT_SHOWN = ("pk", "sk", "run", "expiresAt")


def outcomes_for(deployment: Deployment, address: str) -> list[dict[str, Any]]:
    """What became of the mails to an address, oldest first."""
    records = MailRecords(deployment.registry, keep_days=0)
    return [_shown(item) for item in records.outcomes(address.strip())]


def held(deployment: Deployment) -> list[dict[str, Any]]:
    """All mails that are held, oldest first; reads the whole table."""
    records = MailRecords(deployment.registry, keep_days=0)
    return sorted((_shown(item) for item in records.held()), key=lambda item: str(item["receivedAt"]))


def replay_all(deployment: Deployment, terminal: Terminal, keys: Sequence[str], *, again: bool) -> None:
    """Have stored mails forwarded once more; a bad key stops no other.

    Raises:
        MailsNotReplayed: at least one was not; the document has been written.
    """
    results: list[dict[str, Any]] = []
    _ = deployment.stack
    goes_on = "mails that were replayed are on their way."
    with interruptible(terminal, goes_on, lambda: terminal.document(results)):
        for key in keys:
            try:
                results.append(replay(deployment, key, again=again))
            except Exception as error:
                problem = problem_of(error)
                if problem is None:
                    raise
                told = {"name": type(problem).__name__, "message": str(problem)}
                results.append({"key": key, "error": told})
                terminal.complain(str(problem))
            else:
                terminal.say(f"{key} is on its way: `vend mail list ADDRESS` tells what becomes of it.")
    terminal.document(results)
    if bad := sum("error" in one for one in results):
        raise MailsNotReplayed(f"{bad} of {len(results)} mails were not replayed.")


def replay(deployment: Deployment, key: str, *, again: bool) -> dict[str, Any]:
    """Have a stored mail forwarded once more; what was held goes out, unless it has a virus.

    Args:
        deployment: where it is stored.
        key: its object key, or `s3://BUCKET/KEY`.
        again: also to those who got it already.

    Raises:
        MailNotFound: the bucket keeps no notification for it.
    """
    bucket = deployment.stack.mail_bucket
    key = key.removeprefix(f"s3://{bucket}/")
    one = Replay(str(uuid.uuid4()), again=again, overrules=True)
    queue = InboundQueue(deployment.clients.sqs, deployment.stack.inbound_queue)
    try:
        queue.replay(MailStore(deployment.clients.s3).notification(bucket, key), one)
    except (MailMissing, NotificationUnreadable) as error:
        raise MailNotFound(
            f"The bucket {bucket} keeps no notification for {key!r}: `vend mail list ADDRESS` and "
            "`vend mail held` show the keys of mails."
        ) from error
    return {"key": key, "replay": one.id, "again": again}


def redrive(deployment: Deployment) -> Iterator[dict[str, Any]]:
    """Send every dead letter round again, and yield which mail it is about.

    A letter is deleted only after it was sent; one that is sent twice is forwarded once.
    """
    sqs = deployment.clients.sqs
    letters, queue = deployment.stack.dead_letter_queue, deployment.stack.inbound_queue

    def move(message: MessageTypeDef) -> dict[str, Any]:
        sqs.send_message(QueueUrl=queue, MessageBody=message["Body"])
        sqs.delete_message(QueueUrl=letters, ReceiptHandle=message["ReceiptHandle"])
        return _about(message["Body"])

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        while True:
            answer = sqs.receive_message(
                QueueUrl=letters, MaxNumberOfMessages=_AT_ONCE, WaitTimeSeconds=_LAST_LOOK
            )
            if not answer.get("Messages"):
                return
            yield from threads.map(move, answer["Messages"])


def _about(body: str) -> dict[str, Any]:
    try:
        mail = read_notification(body)
    except NotificationUnreadable as error:
        return {"unreadable": str(error)}
    if isinstance(mail, SetupNotification):
        return {}
    return {"messageId": mail.message_id, "key": mail.key, "recipients": list(mail.recipients)}


def _shown(item: dict[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in item.items() if name not in _NOT_SHOWN}
    return dict(json.loads(json.dumps(shown, default=int)))
