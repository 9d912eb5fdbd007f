"""AWS on this machine, whole: a synthesized template deployed behind the front door, served until stopped."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from moto.moto_api._internal.models import moto_api_backend

from workflows.local import (
    asynchronous,
    cloudformation,
    deployment,
    engine,
    events,
    notifications,
    resources,
    services,
    step_functions,
)
from workflows.local.assembly import region_of, stacks_of
from workflows.local.custom_events import add_events
from workflows.local.events import EventBridge
from workflows.local.front_door import FrontDoor
from workflows.local.lambda_runtime import LambdaRuntime
from workflows.local.queues import QueuePollers
from workflows.local.wire import Answer, json_answer

STACK = "AccountVending"
_SOURCE = Path(__file__).parents[2]
_VERIFIED = "aws.example.com"
_CALLED_BY_A_VEND = ("dynamodb", "events", "lambda", "organizations", "sesv2", "stepfunctions")


class LocalAws:
    """A local AWS with every stack deployed, in its region; serves between entering and leaving the context.

    Args:
        assembly: folder of the synthesized cloud assembly.
        port: TCP port on 127.0.0.1; 0 takes a free one.
        speed: divides every wait of the state machine.

    Raises:
        PortInUse: the port is taken.
        DeploymentFailed: on entering, when the template cannot be deployed.
    """

    def __init__(self, assembly: Path, *, port: int = 0, speed: float = 20) -> None:
        self._assembly = assembly
        self._region = region_of(assembly, STACK)
        self._speed = speed
        self._ready = threading.Event()
        self._running = ExitStack()
        self._door = FrontDoor(port)
        self._operator_key = self._door.principals.issue("operator")

    @property
    def endpoint_url(self) -> str:
        """Where boto3 finds it."""
        return self._door.endpoint_url

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which boto3 and the command line find it."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_DEFAULT_REGION": self._region,
            "AWS_REGION": self._region,
            "AWS_ACCESS_KEY_ID": self._operator_key,
            "AWS_SECRET_ACCESS_KEY": "local",
            "VENDING_STACK": STACK,
        }

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            self._start(starting)
            self._running = starting.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ready.clear()
        self._running.close()

    def _start(self, starting: ExitStack) -> None:
        door = self._door
        starting.callback(door.stop)
        starting.enter_context(_environment(MOTO_ACCOUNT_ID=services.ACCOUNT_ID, MOTO_PORT=str(door.port)))
        moto_api_backend.reset()
        identities = {_VERIFIED, *_sending_domains(self._assembly)}
        made = services.install(door, verified=identities, speed=self._speed, region=self._region)
        made.control.add("GET", "/_local/ready", self._answer_ready)
        door.start()
        runtime = LambdaRuntime(self.endpoint_url, _SOURCE, speed=self._speed)
        starting.callback(runtime.close)
        bus = EventBridge(
            self.endpoint_url, account=services.ACCOUNT_ID, region=self._region, speed=self._speed
        )
        starting.callback(bus.close)
        add_events(
            made.control,
            bus.publish,
            account_id=services.ACCOUNT_ID,
            region=self._region,
            regions={stack.region for stack in stacks_of(self._assembly)},
        )
        pollers = QueuePollers(runtime, speed=self._speed)
        starting.callback(pollers.close)
        self._connect(runtime, bus, pollers)
        deployment.deploy(self._assembly, self.endpoint_url)
        notifications.confirm_all(services.ACCOUNT_ID)
        made.receiving.activate_only()
        threading.Thread(target=door.identifier.warm, args=(_CALLED_BY_A_VEND,), daemon=True).start()
        self._ready.set()

    def _connect(self, runtime: LambdaRuntime, bus: EventBridge, pollers: QueuePollers) -> None:
        door = self._door
        runtime.install()
        bus.install()
        pollers.install()
        notifications.install(runtime)
        engine.install(self.endpoint_url, self._speed, bus.status_changed)
        cloudformation.install()
        door.kill = runtime.kill
        door.principals.resolvers += [runtime.principal, engine.principal]
        door.principals.register(resources.ACCESS_KEY, "CloudFormation", recorded=False)
        door.principals.register(events.ACCESS_KEY, "EventBridge")
        door.principals.register(asynchronous.ACCESS_KEY, "Lambda")
        door.additions |= step_functions.ADDITIONS
        door.additions["lambda", "Invoke"] = runtime.answer_invoke

    def _answer_ready(self, _query: dict[str, str], _: Any) -> Answer:
        if self._ready.is_set():
            return json_answer({"ready": True})
        return json_answer({"ready": False, "doing": "deploying the template"}, 503)


@contextmanager
def _environment(**variables: str) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _sending_domains(assembly: Path) -> set[str]:
    """The domains from which the functions send mail."""
    domains = set()
    for stack in stacks_of(assembly):
        for function in stack.of_type("AWS::Lambda::Function"):
            variables = function.get("Environment", {}).get("Variables", {})
            domains.add(str(variables.get("FORWARD_FROM", "")).rpartition("@")[2])
    return domains - {""}
