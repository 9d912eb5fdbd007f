"""The Lambda bundle has all that a function imports, and nothing that is ours alone."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from infra.bundle import HERE, LAMBDA, BundleFailed, bundle
from infra.configuration import ROOT
from infra.function import module_of

AARCH64 = 183
"""e_machine of an ELF file for arm64 (ELF specification)."""

IMPORT = """
import importlib, json, sys
sys.path.insert(0, sys.argv[1])
for name in sys.argv[2:]:
    assert callable(importlib.import_module(f"handlers.{name}").handler)
files = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
print(json.dumps(sorted(file for file in files if file)))
"""


@pytest.fixture(scope="session")
def here():
    """The bundle with libraries for this very platform."""
    return bundle(ROOT, platform=HERE).folder


@pytest.fixture
def a_repository(tmp_path):
    """A repository of one handler that needs one library."""
    for place in ("handlers", "workflows/vending", "workflows/mail", "requirements"):
        (tmp_path / place).mkdir(parents=True)
    (tmp_path / "workflows" / "__init__.py").touch()
    (tmp_path / "handlers" / "check_account.py").touch()
    pinned = (ROOT / "requirements" / "lambda.txt").read_text("utf-8")
    six = re.search(r"^six==.*\n( +--hash.*\n)+", pinned, flags=re.MULTILINE)
    (tmp_path / "requirements" / "lambda.txt").write_text(six[0])
    return tmp_path


def test_every_handler_imports_with_nothing_but_the_bundle_on_the_path(here, template):
    functions = template.of_type("AWS::Lambda::Function")
    environment = functions["ForwardInbound"]["Properties"]["Environment"]["Variables"]
    deployed = {name: f"our-{name}" for name, value in environment.items() if isinstance(value, dict)}
    finished = subprocess.run(
        # Isolated, without site-packages, without leaving compiled files in the bundle.
        [sys.executable, "-I", "-S", "-B", "-c", IMPORT, here, *map(module_of, functions)],
        env={
            **environment,
            **deployed,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    ours = [file for file in json.loads(finished.stdout) if file.startswith(str(ROOT))]
    assert ours
    assert [file for file in ours if not file.startswith(f"{here}/")] == []


def test_the_bundle_has_the_rooms_that_run_in_lambda_and_no_other(here):
    assert sorted(path.name for path in (here / "workflows").iterdir()) == ["__init__.py", "mail", "vending"]
    assert not (here / "infra").exists()
    assert not (here / "moto").exists()
    assert not (here / "typer").exists()


def test_what_goes_to_lambda_is_compiled_for_its_processor():
    compiled = list(bundle(ROOT, platform=LAMBDA).folder.rglob("*.so"))
    assert compiled
    for file in compiled:
        with file.open("rb") as content:
            header = content.read(20)
        assert int.from_bytes(header[18:20], "little") == AARCH64, file.name


def test_the_hash_does_not_depend_on_whether_the_libraries_are_there(a_repository):
    with_libraries = bundle(a_repository, platform=HERE)
    without = bundle(a_repository, platform=None)
    assert (with_libraries.folder / "six.py").is_file()
    assert not (without.folder / "six.py").exists()
    assert with_libraries.digest == without.digest


def test_the_hash_changes_with_the_code_and_with_the_requirements(a_repository):
    before = bundle(a_repository, platform=None).digest
    (a_repository / "handlers" / "check_account.py").write_text("changed = True")
    between = bundle(a_repository, platform=None).digest
    (a_repository / "requirements" / "lambda.txt").write_text("changed")
    assert len({before, between, bundle(a_repository, platform=None).digest}) == 3


def test_libraries_that_cannot_be_installed_are_one_sentence(a_repository):
    (a_repository / "requirements" / "lambda.txt").write_text(f"six==1.17.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(BundleFailed) as raised:
        bundle(a_repository, platform=HERE)
    assert str(raised.value).startswith("the functions' libraries could not be installed")
    assert "\n" not in str(raised.value)
    assert list((a_repository / ".build" / "libraries").iterdir()) == []


def test_own_mail_templates_are_bundled_where_the_setting_names_them(a_repository):
    (a_repository / "our-templates").mkdir()
    (a_repository / "our-templates" / "welcome.txt.j2").write_text("Hello")
    made = bundle(a_repository, platform=None, template_folder="our-templates")
    assert (made.folder / "our-templates" / "welcome.txt.j2").read_text() == "Hello"
    assert made.digest != bundle(a_repository, platform=None).digest
