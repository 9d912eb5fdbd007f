"""`vend local`: AWS on this machine, from its start to its end."""

from __future__ import annotations

import re
import signal
import urllib.request


def test_it_prints_its_variables_once_all_is_deployed_and_stops_when_asked(vend):
    process = vend.process("local", "up")
    exported = {}
    for line in process.stdout:
        name, value = re.fullmatch(r"export (\w+)=(\S+)\n", line).groups()
        exported[name] = value
        if name == "VENDING_STACK":
            break
    with urllib.request.urlopen(f"{exported['AWS_ENDPOINT_URL']}/_local/ready") as ready:
        assert ready.status == 200
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 0
    assert "Traceback" not in process.stderr.read()
    assert exported["AWS_REGION"] == "us-east-1"


def test_a_port_in_use_is_told_before_anything_is_synthesized(vend, aws):
    port = aws.endpoint_url.rpartition(":")[2]
    result = vend("local", "up", "--port", port)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Port {port} cannot be used (address already in use)")
    assert len(result.stderr.splitlines()) == 1


def test_the_outbox_shows_sent_mails_and_saves_them_byte_for_byte(vend, aws, tmp_path):
    owner = f"{tmp_path.name.replace('_', '-')}@example.com"
    vend.json("request", vend.request(owner={"email": owner}), "--watch")
    mails = vend.json("local", "outbox")
    assert mails == aws.control("outbox")
    assert owner in vend("local", "outbox").stdout
    result = vend("local", "outbox", "--save", tmp_path / "mails")
    assert result.exit_code == 0
    saved = sorted((tmp_path / "mails").iterdir())
    assert [path.suffix for path in saved] == [".eml"] * len(mails)
    assert any(owner.encode() in path.read_bytes() for path in saved)


def test_mails_cannot_be_saved_into_a_file(vend, tmp_path):
    (tmp_path / "taken").write_text("")
    result = vend("local", "outbox", "--save", tmp_path / "taken")
    assert result.exit_code == 1
    assert "taken: cannot be written: File exists." in result.stderr


def test_the_demo_tells_the_whole_story(vend):
    process = vend.process("local", "demo", "--speed", "100")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    for words in (
        "SUCCEEDED",
        "payments-ledger-prod-001@aws.example.com",
        "team-payments@example.com",
        "Your AWS account payments-ledger-prod-001 is ready",
        "Amazon Web Services Password Assistance",
        "(no-reply at signin.aws)",
    ):
        assert words in out
    assert "CheckAccount" in err
    assert "Traceback" not in err


def test_a_mistake_in_the_configuration_is_told_instead_of_a_demo(vend, monkeypatch):
    monkeypatch.setenv("CDK_CONTEXT_JSON", '{"vending": {"domian": "aws.example.com"}}')
    process = vend.process("local", "demo")
    _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "cdk.json: vending.domian is unknown; did you mean domain?" in err
    assert "Traceback" not in err
