"""How every command runs: a problem becomes one sentence and an exit code, never a traceback."""

from __future__ import annotations

import os
import sys
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from workflows.operate.problems import CommandProblem

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


class VendCommand(TyperCommand):
    """A command whose problems are told in one sentence; with `--json` also as the document."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; every problem ends as typer.Exit with its code."""
        try:
            return super().invoke(ctx)
        except CommandProblem as problem:
            _tell(problem, as_json=_as_json(ctx))
            raise typer.Exit(problem.exit_code) from problem
        except (typer.Exit, typer.Abort, typer.TyperException, BrokenPipeError):
            raise
        except Exception as error:
            explained = _explained(error)
            _tell(explained, as_json=_as_json(ctx))
            raise typer.Exit(explained.exit_code) from error


class VendGroup(TyperGroup):
    """A group whose wrong usage is told in one sentence."""

    def main(self, *arguments: Any, **settings: Any) -> Any:
        """Run the command line and leave with its exit code."""
        if not settings.get("standalone_mode", True):
            return super().main(*arguments, **settings)
        settings["standalone_mode"] = False
        try:
            code = super().main(*arguments, **settings)
        except typer.TyperException as error:
            context = getattr(error, "ctx", None)
            command = context.command_path if context else "vend"
            message = error.format_message().strip().rstrip(".")
            sys.stderr.write(f"{command}: {message}. See `{command} --help`.\n" if message else "")
            code = error.exit_code
        except typer.Abort:
            code = INTERRUPTED
        sys.exit(code if isinstance(code, int) else 0)


def _as_json(ctx: Any) -> bool:
    return bool(ctx.params.get("as_json"))


def _tell(problem: CommandProblem, *, as_json: bool) -> None:
    from workflows.operate.terminal import Terminal

    terminal = Terminal(as_json=as_json)
    if str(problem):
        terminal.complain(str(problem))
    if not problem.told:
        terminal.document({"error": {"name": type(problem).__name__, "message": str(problem)}})


def _explained(error: Exception) -> CommandProblem:
    from workflows.operate.aws_errors import explain

    problem = explain(error)
    if problem is None:
        if "VEND_DEBUG" in os.environ:
            raise error
        problem = CommandProblem(
            f"Unexpected {type(error).__name__}: {error} (VEND_DEBUG=1 shows where it comes from)."
        )
    return problem
