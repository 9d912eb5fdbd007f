"""How an execution runs on moto's interpreter: started, stopped and redriven, with one history."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable
from typing import Any

from moto.stepfunctions.parser import utils as parser_utils
from moto.stepfunctions.parser.api import ExecutionStatus, HistoryEventType
from moto.stepfunctions.parser.asl.component.common.flow.start_at import StartAt
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventHistoryContext, EventManager
from moto.stepfunctions.parser.asl.eval.program_state import ProgramTimedOut
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker

from workflows.local import seams
from workflows.local.execution_facts import event_detail, is_running, iso, now, redrive_count, status

_CHANGING = threading.RLock()
"""Held while an execution's status changes: its end, a stop and a redrive may come at once."""


class _Events:
    """Whom to tell of status changes."""

    tell: Callable[[dict[str, Any]], None] | None = None


def install(on_status_change: Callable[[dict[str, Any]], None] | None) -> None:
    """Run moto's executions by the worker of this module.

    Args:
        on_status_change: gets the `detail` of AWS's event `Step Functions Execution Status Change`.
    """
    _Events.tell = on_status_change
    seams.original(ExecutionWorker, "_execution_logic")
    seams.replace(Execution, "_get_start_execution_worker", _first_worker)
    seams.replace(Execution, "start", _start)
    seams.replace(Environment, "close_frame", _close_frame)


class Worker(ExecutionWorker):
    """One run of an execution: the first, or one more after a redrive.

    Args:
        execution: moto's execution.
        earlier: the worker whose run is continued; None for the first run.
    """

    env: Any  # moto declares parts final that a redrive takes over
    _program: Any
    start: Callable[[], None]

    def __init__(self, execution: Any, earlier: Worker | None = None) -> None:
        first: Any = seams.original(Execution, "_get_start_execution_worker")(execution)
        super().__init__(
            evaluation_details=first._evaluation_details,  # noqa: SLF001 - the seam
            exec_comm=_Communication(execution, self),
            cloud_watch_logging_session=first._cloud_watch_logging_session,  # noqa: SLF001 - the seam
            activity_store=first._activity_store,  # noqa: SLF001 - the seam
        )
        self._program = self._get_evaluation_entrypoint()
        self.env = self._get_evaluation_environment()
        run = self.env.states.context_object.context_object_data["Execution"]
        run["StartTime"] = iso(execution.start_date)
        run["RedriveCount"] = redrive_count(execution)
        self.history: Any = self.env.event_manager
        if earlier is not None:
            self._continue(execution, earlier)
        # Set before its thread runs, so that a stop finds something to stop.
        self.env.next_state_name = self._program.start_at.start_at_name

    def _continue(self, execution: Any, earlier: Worker) -> None:
        state, given = _where_it_failed(execution, earlier)
        self._program = copy.copy(self._program)
        self._program.start_at = StartAt(state)
        run = self.env.states.context_object.context_object_data["Execution"]
        run["RedriveTime"] = iso(execution.redrive_date)
        self.history = earlier.history
        self.env.event_manager = self.history
        self.env.event_history_context = EventHistoryContext(len(self.history.get_event_history()))
        self.env.variable_store = copy.deepcopy(earlier.env.variable_store)
        self.env.states.reset(given)

    def announce(self, event_type: Any, details: Any) -> None:
        """Write an event of the execution as a whole into its history."""
        self.history.add_event(
            context=self.env.event_history_context,
            event_type=event_type,
            event_details=details,
            update_source_event_id=event_type != HistoryEventType.ExecutionStarted,
        )

    def _execution_logic(self) -> None:
        if self.env.is_running():
            self._program.eval(self.env)
        self._execution_communication.terminated()


class _Communication(BaseExecutionWorkerCommunication):
    def __init__(self, execution: Any, worker: Worker) -> None:
        super().__init__(execution)
        self._worker = worker

    def terminated(self) -> None:
        with _CHANGING:
            if self.execution.exec_worker is not self._worker or not is_running(self.execution):
                return
            super().terminated()
            env = self._worker.env
            if isinstance(env.program_state(), ProgramTimedOut):
                silence(env)
                events = self._worker.history.get_event_history()
                if events[-1]["type"] != HistoryEventType.ExecutionTimedOut:
                    self._worker.announce(
                        HistoryEventType.ExecutionTimedOut, {"executionTimedOutEventDetails": {}}
                    )
        tell(self.execution)


def stop(execution: Any, error: str | None, cause: str | None) -> None:
    """Abort a running execution at once; a Task under way goes on, but nobody hears of it."""
    with _CHANGING:
        if not is_running(execution):
            return
        worker = execution.exec_worker
        execution.stop_date = now()
        silence(worker.env)
        worker.stop(stop_date=execution.stop_date, error=error, cause=cause)
        worker.env.event_history_context.source_event_id = 0
        given = {"error": error, "cause": cause}
        details = {name: value for name, value in given.items() if value is not None}
        worker.announce(HistoryEventType.ExecutionAborted, {"executionAbortedEventDetails": details})
        execution.exec_status = ExecutionStatus.ABORTED
        execution.error, execution.cause = error, cause
    tell(execution)


def redrive(execution: Any) -> bool:
    """Run an execution again from the state it ended in; False when it is running or has succeeded."""
    with _CHANGING:
        if status(execution) not in {"FAILED", "ABORTED", "TIMED_OUT"}:
            return False
        execution.redrive_count = redrive_count(execution) + 1
        execution.redrive_date = now()
        execution.stop_date = execution.error = execution.cause = None
        earlier = execution.exec_worker
        execution.exec_worker = worker = Worker(execution, earlier)
        execution.exec_status = ExecutionStatus.RUNNING
        worker.announce(
            HistoryEventType.ExecutionRedriven,
            {"executionRedrivenEventDetails": {"redriveCount": execution.redrive_count}},
        )
    tell(execution)
    worker.start()
    return True


def tell(execution: Any) -> None:
    """Report an execution's present status as AWS's event does."""
    if _Events.tell is not None:
        _Events.tell(event_detail(execution))


def silence(env: Any) -> None:
    """Let whatever still runs in this environment write into a history nobody reads."""
    env.event_manager = EventManager()
    for frame in list(env._frames):  # noqa: SLF001 - the seam
        silence(frame)


def _first_worker(execution: Any) -> Worker:
    return Worker(execution)


def _start(execution: Any) -> None:
    parser_utils.TMP_THREADS.clear()  # moto keeps every thread it ever started
    execution.exec_worker = worker = Worker(execution)
    execution.exec_status = ExecutionStatus.RUNNING
    worker.announce(
        HistoryEventType.ExecutionStarted,
        {
            "executionStartedEventDetails": {
                "input": execution.execution_input,
                "inputDetails": {"truncated": False},
                "roleArn": execution.role_arn,
            }
        },
    )
    tell(execution)
    worker.start()


def _close_frame(env: Any, frame: Any) -> None:
    """A Task that has timed out may still be at work: what it reports later belongs in no history."""
    seams.original(Environment, "close_frame")(env, frame)
    silence(frame)


def _where_it_failed(execution: Any, earlier: Worker) -> tuple[str, Any]:
    """The state to run again, the last one entered and not left, and what it was given."""
    definition = json.loads(execution.state_machine.definition)
    found = str(definition["StartAt"]), execution.input_data
    for event in earlier.history.get_event_history():
        entered = event.get("stateEnteredEventDetails")
        if entered and entered["name"] in definition["States"]:
            found = entered["name"], json.loads(entered["input"])
    return found
