"""What SES refuses to send, and what nobody can read: another form, a notice, or held."""

from __future__ import annotations

import email
import email.policy
import json

from mail_builders import a_mail
from mail_judge import attachment_of, text_of, words_of

SEND = {"service": "sesv2", "operation": "SendEmail"}


def test_what_ses_refuses_goes_out_as_an_attachment(post):
    raw = a_mail()
    with post.aws.fault(**SEND, when="before", error="BadRequestException", match=post.owner):
        outcome = post.outcome(post.receive(raw))
    [got] = post.sent()
    assert attachment_of(got) == raw
    assert outcome["outcome"] == "forwarded"


def test_what_ses_refuses_as_an_attachment_too_ends_as_a_notice(post):
    with post.aws.fault(**SEND, when="before", error="BadRequestException", match=post.owner, times=2):
        outcome = post.outcome(post.receive(a_mail()))
    [notice] = post.sent()
    assert text_of(notice, "subject") == "Mail not forwarded: Hello"
    assert f"aws s3 cp s3://{post.bucket()}/{outcome['key']} mail.eml" in words_of(notice)


def test_what_ses_refuses_in_every_form_is_held_and_the_administrator_told(post):
    with post.aws.fault(**SEND, when="before", error="MessageRejected", match=f'"{post.owner}"', times=3):
        outcome = post.outcome(post.receive(a_mail()))
    assert (outcome["outcome"], outcome["reason"]) == ("held", "refused")
    assert post.sent() == []
    [notice] = post.notices(f"Mail held for {post.account}")
    read = email.message_from_bytes(notice, policy=email.policy.default)
    assert "Fault on order" in read.get_content()


def test_a_mail_that_a_client_encrypted_is_held_and_not_garbled(post):
    arrival = post.receive(a_mail())
    post.outcome(arrival)
    notification = json.loads(post.stored(f"{arrival['key']}.json"))
    address, owner = post.address("encrypted")
    post.own(address, owner)
    key = f"inbound/encrypted{post.unique}"
    notification["mail"]["messageId"] = f"encrypted{post.unique}"
    notification["receipt"]["action"]["objectKey"] = key
    notification["receipt"]["recipients"] = [address]
    metadata = {"x-amz-key-v2": "AQIDAHg=", "x-amz-cek-alg": "AES/GCM/NoPadding"}
    post.aws.client("s3").put_object(Bucket=post.bucket(), Key=key, Body=bytes(range(256)), Metadata=metadata)
    queue = {"QueueUrl": post.aws.outputs["InboundQueueUrl"]}
    post.aws.client("sqs").send_message(**queue, MessageBody=json.dumps(notification))
    outcome = post.outcome({"messageId": f"encrypted{post.unique}"}, address)
    assert (outcome["outcome"], outcome["reason"]) == ("held", "encrypted")
    assert (outcome["from"], outcome["subject"]) == ("Jane Doe <jane@example.org>", "Hello")
    assert post.sent(owner) == []
    assert len(post.notices(f"Encrypted mail held for {address}")) == 1
