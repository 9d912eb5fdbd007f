"""The Lambda bundle: our code and its run-time libraries for arm64, put together without Docker.

One folder serves every function. Its hash covers what goes in (our files, the hashed requirements, the
platform), so that the template is the same on every machine, with the libraries or without.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CODE = ("handlers", "workflows/__init__.py", "workflows/vending", "workflows/mail")
REQUIREMENTS = "requirements/lambda.txt"
KEPT = 8
"""Bundles that stay in the build folder; older ones are deleted."""


class BundleFailed(Exception):
    """The libraries of the Lambda functions could not be installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """What libraries are installed for."""

    name: str
    pip_arguments: tuple[str, ...] = ()
    """Options that make pip choose wheels for this platform; none of them means this interpreter's own."""


LAMBDA = Platform(
    name="arm64",
    pip_arguments=(
        # What Lambda's image (Amazon Linux 2023, glibc 2.34) runs, the newest first.
        "--platform=manylinux_2_34_aarch64",
        "--platform=manylinux_2_28_aarch64",
        "--platform=manylinux2014_aarch64",
        "--implementation=cp",
        "--python-version=3.13",
    ),
)
HERE = Platform(name="here")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A folder that Lambda can run, and the hash of what goes into it (hexadecimal SHA-256)."""

    folder: Path
    digest: str


def bundle(root: Path, *, platform: Platform | None = LAMBDA, template_folder: str = "") -> Bundle:
    """Put the bundle together under `.build`, or find the one made of the same content.

    Args:
        root: the repository.
        platform: what the libraries are for; None leaves them out, for a machine that has its own.
        template_folder: the user's own mail templates, relative to the repository; empty for none.

    Raises:
        BundleFailed: pip could not install the libraries; the message quotes its last line.
    """
    files = sorted(_files(root, [*CODE, template_folder] if template_folder else [*CODE]))
    digest = _digest(root, files)
    folder = root / ".build" / "lambda" / f"{digest[:16]}-{platform.name if platform else 'code'}"
    if not folder.is_dir():
        libraries = _libraries(root, platform) if platform else None
        with _appearing_at(folder) as draft:
            if libraries:
                # Linked, not copied: 45 MB that never change.
                shutil.copytree(libraries, draft, copy_function=os.link, dirs_exist_ok=True)
            for file in files:
                target = draft / file.relative_to(root)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)
    return Bundle(folder=folder, digest=digest)


def _files(root: Path, places: list[str]) -> Iterator[Path]:
    for place in places:
        path = root / place
        found = path.rglob("*") if path.is_dir() else [path]
        yield from (file for file in found if file.is_file() and file.suffix != ".pyc")


def _digest(root: Path, files: list[Path]) -> str:
    digest = hashlib.sha256(repr(LAMBDA).encode())
    for file in [root / REQUIREMENTS, *files]:
        content = file.read_bytes()
        digest.update(f"{file.relative_to(root).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _libraries(root: Path, platform: Platform) -> Path:
    """The folder of installed libraries, cached by the content of the requirements."""
    wanted = (root / REQUIREMENTS).read_bytes() + repr(platform).encode()
    folder = root / ".build" / "libraries" / f"{hashlib.sha256(wanted).hexdigest()[:16]}-{platform.name}"
    if not folder.is_dir():
        sys.stderr.write(f"Fetching the functions' libraries for {platform.name}: once, some 15 seconds\n")
        with _appearing_at(folder) as draft:
            _install(root / REQUIREMENTS, draft, platform)
            # Console scripts: Lambda never runs them, and they name this machine's Python.
            shutil.rmtree(draft / "bin", ignore_errors=True)
    return folder


def _install(requirements: Path, target: Path, platform: Platform) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-input", "--no-compile", "--no-deps"]
    wheels = ["--require-hashes", "--only-binary=:all:", *platform.pip_arguments]
    finished = subprocess.run(  # noqa: S603 - our own interpreter and arguments
        [*command, *wheels, f"--target={target}", f"--requirement={requirements}"],
        check=False,
        capture_output=True,
        text=True,
    )
    if finished.returncode:
        said = [line for line in finished.stderr.splitlines() if line.startswith("ERROR")]
        why = said[-1] if said else f"pip ended with {finished.returncode}"
        raise BundleFailed(
            f"the functions' libraries could not be installed from {REQUIREMENTS} ({why}): "
            "is the package index reachable?"
        )


@contextlib.contextmanager
def _appearing_at(folder: Path) -> Iterator[Path]:
    """A new folder that takes its name only when it is complete, whoever else makes the same one."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".draft-") as work:
        draft = Path(work) / "content"
        draft.mkdir()
        yield draft
        # Fails only when another process was first: its folder has the same content.
        with contextlib.suppress(OSError):
            draft.rename(folder)
    for old in sorted(folder.parent.glob("[!.]*"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
