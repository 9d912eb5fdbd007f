"""The stack: where the parts meet, and where each part is granted what it needs and nothing more."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import CfnOutput, Environment, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from infra.alarms import Alarms
from infra.configuration import Configuration
from infra.dashboard import Dashboard
from infra.data_key import DataKey
from infra.failure_reports import FailureReports
from infra.function import Function, Shared
from infra.hooks import Hooks
from infra.log_retention import LOG_RETENTION
from infra.mail_bucket import MailBucket
from infra.mail_domain import MailDomain
from infra.mail_functions import MailFunctions, grant_mails, grant_registry, grant_telling
from infra.operations_topic import OperationsTopic
from infra.people import Deployed, People
from infra.receiving import Receiving
from infra.reconciling import Reconciling
from infra.registry_table import RegistryTable
from infra.rule_set_activation import RuleSetActivation
from infra.sending import Sending
from infra.sending_access import grant_sending, grant_verification_requests
from infra.vend_account import VendAccount
from infra.vending_functions import VendingFunctions
from workflows.vending.settings import Settings


class AccountVending(Stack):
    """Everything of one deployment, with the outputs by which operators' tools find it.

    Args:
        scope: the app.
        construct_id: name of the stack.
        configuration: of this deployment.
        metrics: namespace of the metrics that its functions count.
        code: of all functions.
        definition: file of the state machine's definition.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        configuration: Configuration,
        metrics: str,
        code: lambda_.Code,
        definition: Path,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description="AWS Account Vending: accounts, addresses, owners",
            env=Environment(region=configuration.mail_region or None),
        )
        self._configuration = configuration
        self._metrics = metrics
        self._code = code
        self._table = RegistryTable(self, "RegistryTable").table
        self._bus = events.EventBus(self, "Bus", description="Account Vended and Root Mail Received")
        self._key = DataKey(self, "Data").key
        self._operations = OperationsTopic(
            self, "Operations", key=self._key, notify=configuration.notifications
        )
        self._sending = Sending(self, "Sending", topic_key=self._operations.key)
        mail_domain = MailDomain(self, "MailDomain", configuration=configuration)
        machine = self._vend(definition)
        self._receive(machine)
        self._output("TableName", self._table.table_name)
        self._output("BusName", self._bus.event_bus_name)
        self._output("OperationsTopicArn", self._operations.topic.topic_arn)
        self._output("ConfigurationSetName", self._sending.configuration_set)
        for name, value in mail_domain.outputs.items():
            self._output(name, value)

    def _vend(self, definition: Path) -> stepfunctions.IStateMachine:
        settings = self._configuration.settings(
            table_name=self._table.table_name, configuration_set=self._sending.configuration_set
        )
        shared = self._shared("vending", settings)
        vending = VendingFunctions(self, "Vending", shared)
        vending.grant(table_arn=self._table.table_arn, organizations_role=settings.organizations_role_arn)
        functions = vending.by_name
        vend_account = VendAccount(
            self,
            "VendAccount",
            definition=definition,
            functions={name: one.function for name, one in functions.items()},
            bus=self._bus,
            poll_seconds=self._configuration.poll_seconds,
            log_retention=shared.log_retention,
        )
        vend_account.role.add_to_policy(
            iam.PolicyStatement(
                actions=["lambda:InvokeFunction"],
                resources=[one.function.function_arn for one in functions.values()],
            )
        )
        vend_account.role.add_to_policy(
            iam.PolicyStatement(actions=["events:PutEvents"], resources=[self._bus.event_bus_arn])
        )
        self._grant_sending(functions["SendWelcome"])
        FailureReports(
            self,
            "FailureReports",
            shared,
            machine=vend_account.machine,
            operations=self._operations,
            table_arn=self._table.table_arn,
        )
        self._tells_settings = functions["ReadRequest"].function
        hooks = Hooks(
            self,
            "Hooks",
            shared,
            machine=vend_account.machine,
            bus=self._bus,
            operations=self._operations,
            table_arn=self._table.table_arn,
            control_tower=self._configuration.watch_organization,
        )
        self._grant_sending(hooks.change_owner)
        reconciling = Reconciling(
            self,
            "Reconciling",
            shared,
            machine=vend_account.machine,
            operations=self._operations,
            table_arn=self._table.table_arn,
            daily=self._configuration.watch_organization,
        )
        self._output("ReconcileFunctionName", reconciling.reconcile.function.function_name)
        self._changes_owners = hooks.change_owner.function
        self._output("ChangeOwnerFunctionName", hooks.change_owner.function.function_name)
        self._output("StateMachineArn", vend_account.machine.state_machine_arn)
        self._output("ReadRequestFunctionName", functions["ReadRequest"].function.function_name)
        return vend_account.machine

    def _receive(self, machine: stepfunctions.IStateMachine) -> None:
        configuration = self._configuration
        mails = MailBucket(self, "Mails", key=self._key, retention_days=configuration.mail_retention_days)
        receiving = Receiving(
            self,
            "Receiving",
            domain=configuration.domain,
            existing_rule_set=configuration.receipt_rule_set,
            mails=mails,
            topic_key=self._operations.key,
            operations=self._operations.topic,
        )
        settings = configuration.mail_settings(
            table_name=self._table.table_name,
            configuration_set=self._sending.configuration_set,
            operations_topic_arn=self._operations.topic.topic_arn,
            bus_name=self._bus.event_bus_name,
            inbound_queue_url=receiving.queue.queue_url,
        )
        functions = MailFunctions(
            self,
            "Mail",
            self._shared("mail", settings),
            receiving=receiving,
            sending=self._sending,
            operations=self._operations,
        )
        grant_registry(functions, self._table.table_arn)
        grant_mails(functions, mails)
        grant_telling(functions, bus=self._bus, operations=self._operations, receiving=receiving)
        for function in (functions.forward_inbound, functions.track_delivery):
            self._grant_sending(function)
            grant_verification_requests(function)
        Alarms(
            self,
            "Alarms",
            machine=machine,
            forward_inbound=functions.forward_inbound.function,
            inbound=receiving.queue,
            namespace=self._metrics,
            operations=self._operations.topic,
        )
        if configuration.dashboard:
            Dashboard(
                self,
                "Dashboard",
                machine=machine,
                queues=[("inbound", receiving.queue), ("dead letters", receiving.dead_letters)],
                namespace=self._metrics,
            )
        people = People(
            self,
            "People",
            Deployed(
                table_arn=self._table.table_arn,
                machine=machine,
                tells_settings=self._tells_settings,
                changes_owners=self._changes_owners,
                bucket=mails.bucket,
                key=self._key,
                inbound=receiving.queue,
                dead_letters=receiving.dead_letters,
                operations_topic=self._operations.topic.topic_arn,
                organizations_role=configuration.organizations_role,
                organizations_read_role=configuration.organizations_read_role,
            ),
        )
        for name, value in people.outputs.items():
            self._output(name, value)
        self._output("MailBucketName", mails.bucket.bucket_name)
        self._output("InboundQueueUrl", receiving.queue.queue_url)
        self._output("InboundDeadLetterQueueUrl", receiving.dead_letters.queue_url)
        self._output("ReceiptRuleSetName", receiving.rule_set_name)
        if not configuration.receipt_rule_set:
            RuleSetActivation(
                self,
                "RuleSetActivation",
                self._shared("mail", settings),
                receiving=receiving,
                take_over=configuration.take_over_receiving,
                table_arn=self._table.table_arn,
            )

    def _shared(self, service: str, settings: Settings) -> Shared:
        configuration = self._configuration
        return Shared(
            code=self._code,
            environment={
                **settings.to_environment(),
                "POWERTOOLS_SERVICE_NAME": service,
                "POWERTOOLS_METRICS_NAMESPACE": self._metrics,
                "POWERTOOLS_LOG_LEVEL": configuration.log_level,
            },
            log_retention=logs.RetentionDays[LOG_RETENTION[configuration.log_retention_days]],
        )

    def _grant_sending(self, function: Function) -> None:
        grant_sending(
            function,
            forward_from=self._configuration.forward_from,
            configuration_set=self._sending.configuration_set,
        )

    def _output(self, name: str, value: str) -> None:
        CfnOutput(self, name, value=value)
