"""Starts moto, an AWS API that is not this project's, with what it lacks for this stack.

Usage: python aws.py HOST PORT
"""
import json
import sys

from moto.cloudformation import models, parsing
from moto.core.common_models import CloudFormationModel
from moto.dynamodb.exceptions import DynamodbException
from moto.dynamodb.responses import DynamoHandler
from moto.iam.models import Role
from moto.moto_api._internal import mock_random
from moto.server import main

# CloudFormation creates, updates and deletes these, and nothing else of moto knows them.
RECORDED = [
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Stage",
    "AWS::CloudWatch::Alarm",
    "AWS::S3::BucketPolicy",
]


def recorded(resource_type):
    """A kind of resource that has an id and nothing else."""

    class Recorded(CloudFormationModel):
        # moto keeps its models by the service in their module's name.
        __module__ = "moto.recorded"

        def __init__(self):
            self.physical_resource_id = mock_random.get_random_hex(10)

        @staticmethod
        def cloudformation_type():
            return resource_type

        @staticmethod
        def cloudformation_name_type():
            return ""

        @classmethod
        def has_cfn_attr(cls, attribute):
            return True

        def get_cfn_attribute(self, attribute):
            return f"{self.physical_resource_id}.{attribute}"

        @classmethod
        def create_from_cloudformation_json(cls, *resource, **kwargs):
            return cls()

        @classmethod
        def update_from_cloudformation_json(cls, original_resource, *change):
            return original_resource

        @classmethod
        def delete_from_cloudformation_json(cls, *resource):
            pass

        def is_created(self):
            return True

    return Recorded


def errors_only(lint):
    """CloudFormation accepts what cfn-lint only warns of. It does not read the topic of alarms that have none."""

    def is_error(match):
        return match.rule.id.startswith("E") and "AlarmActions" not in (match.path or [])

    return lambda template: [match for match in lint(template) if is_error(match)]


def retaining(delete):
    """moto knows the deletion policy Retain, and not RetainExceptOnCreate, which is the same for a removed stack."""

    def delete_resources(self):
        for resource in self._resource_json_map.values():
            if resource.get("DeletionPolicy") == "RetainExceptOnCreate":
                resource["DeletionPolicy"] = "Retain"
        delete(self)

    return delete_resources


def rolling_back(execute):
    """moto stops at an error. CloudFormation reports it, deletes what it has created, and returns to the template of before."""

    def execute_or_roll_back(self, change_set_name, stack_name):
        stack = self.describe_change_set(change_set_name).stack
        before = stack.resource_map._template
        try:
            execute(self, change_set_name, stack_name)
        except Exception as error:
            reason = getattr(error, "message", str(error))
            stack._add_stack_event("UPDATE_ROLLBACK_IN_PROGRESS", resource_status_reason=reason)
            stack.resource_map.update(before)
            stack._add_stack_event("UPDATE_ROLLBACK_COMPLETE")
            stack.status = "UPDATE_ROLLBACK_COMPLETE"

    return execute_or_roll_back


def evaluable(put_policy):
    """CloudFormation's own roles have policies that moto cannot evaluate: objects, in which AWS::NoValue is left."""

    def put(self, name, policy):
        if isinstance(policy, dict):
            statements = [statement for statement in policy["Statement"] if statement]
            policy = json.dumps({**policy, "Statement": statements})
        put_policy(self, name, policy)

    return put


def table_arn(self):
    """Roles allow actions on single tables. moto asks for each service's resources, and DynamoDB's are not there yet."""
    table = self.body.get("TableName") or next(iter(self.body.get("RequestItems", {"*": None})))
    return f"arn:aws:dynamodb:{self.region}:{self.current_account}:table/{table}"


def in_dynamodbs_format(init):
    """DynamoDB answers in its own format when a condition fails, too. moto gives such answers another content type."""

    def initialise(self, *args, **kwargs):
        init(self, *args, **kwargs)
        self.content_type = "application/x-amz-json-1.0"

    return initialise


# moto finds its models among the subclasses, for as long as something refers to them.
kept = [recorded(resource_type) for resource_type in RECORDED]
models.validate_template_cfn_lint = errors_only(models.validate_template_cfn_lint)
parsing.ResourceMap.delete = retaining(parsing.ResourceMap.delete)
models.CloudFormationBackend.execute_change_set = rolling_back(models.CloudFormationBackend.execute_change_set)
Role.put_policy = evaluable(Role.put_policy)
DynamoHandler._determine_resource = table_arn
DynamodbException.__init__ = in_dynamodbs_format(DynamodbException.__init__)
main(["--host", sys.argv[1], "--port", sys.argv[2]])
