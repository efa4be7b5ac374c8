"""The lake's template: checked by cfn-lint, deployed into a stand-in, and held against what it promises."""

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.exceptions import ClientError
from cfnlint.api import lint_file

from streamvision.adapters.lake.conditional import LakeObjects
from streamvision.adapters.lake.object_store import ObjectStoreLake
from streamvision.adapters.lock.lease import LakeLease
from streamvision.adapters.stack.cloudformation import CloudFormationStack
from streamvision.assets import asset
from streamvision.domain.errors import AccountFileError, LakeError, StackError, WrongUseError
from streamvision.pipeline.provision.handshake import Identity, identity_of, shake_hands
from tests.fakes.account import FakeAccount
from tests.integration.infra.conftest import wait_for
from tests.support.cloudformation import finish_bucket, resolved

TEMPLATE = asset("infra/aws") / "lake.yml"
STACK, BUCKET, PREFIX = "streamvision-lake", "example-lake", "streamvision"
PARAMETERS = {"BucketName": BUCKET, "ExternalId": "streamvision-4f1c"}
SNOWFLAKE = "arn:aws:iam::999999999999:user/abc1-s-xyz"


@dataclass(frozen=True)
class Cloud:
    """Speak to the stand-in as who set it up."""

    address: str

    def client(self, service: str, **proofs: str) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
        """Return a client of a service."""
        proofs = proofs or {"aws_access_key_id": "administrator", "aws_secret_access_key": "not-a-secret"}
        return boto3.client(service, endpoint_url=self.address, region_name="eu-central-1", **proofs)

    def enforce(self, *, on: bool) -> None:
        """Hold every further request against the rights of who asks, or none."""
        body = b"0" if on else b"inf"
        headers = {"Content-Type": "text/plain"}
        request = Request(f"{self.address}/moto-api/reset-auth", body, headers)  # noqa: S310 - our own server
        urlopen(request).close()  # noqa: S310


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """Run a stand-in for AWS in a process of its own, since what it enforces holds for all who share it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(  # noqa: S603 - our own command, no shell
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(server, port)
        yield Cloud(f"http://127.0.0.1:{port}")
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(scope="module")
def outputs(cloud: Cloud) -> Mapping[str, str]:
    """Deploy the template as it ships, and give what the stack tells of itself."""
    made = _deploy(cloud, STACK, PARAMETERS)
    # The stand-in's CloudFormation makes the bucket, encrypted, and roles and their policies, but no more.
    finish_bucket(cloud.client("s3"), resolved(TEMPLATE, PARAMETERS))
    return made


@pytest.fixture
def stack(cloud: Cloud, outputs: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> CloudFormationStack:
    """Give the stack as the command finds it: by the variables of AWS."""
    assert outputs
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_CLOUDFORMATION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.address)
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "administrator")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
    return CloudFormationStack(STACK, seconds_between_looks=1)


def test_the_template_has_nothing_that_cfn_lint_minds() -> None:
    """Neither an error nor a warning; and a template with a mistake in it has one."""
    assert lint_file(TEMPLATE) == []


def test_cfn_lint_finds_a_mistake(tmp_path: Path) -> None:
    """The check would not pass whatever is in the file."""
    wrong = tmp_path / "lake.yml"
    wrong.write_text(TEMPLATE.read_text().replace("Status: Enabled", "Status: On", 1))
    assert lint_file(wrong) != []


@pytest.mark.usefixtures("outputs")
def test_the_bucket_is_versioned_encrypted_and_closed_to_the_public(cloud: Cloud) -> None:
    """As the bucket itself tells, not the template."""
    s3 = cloud.client("s3")
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    [rule] = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert set(s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"].values()) == {True}
    [ownership] = s3.get_bucket_ownership_controls(Bucket=BUCKET)["OwnershipControls"]["Rules"]
    assert ownership["ObjectOwnership"] == "BucketOwnerEnforced"


@pytest.mark.usefixtures("outputs")
def test_the_bucket_removes_what_nobody_needs(cloud: Cloud) -> None:
    """Parts of uploads after a day, replaced versions after a month, renewed leases after a day."""
    rules = cloud.client("s3").get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    by_id = {rule["ID"]: rule for rule in rules if rule["Status"] == "Enabled"}
    assert by_id["uploads-that-were-never-completed"]["AbortIncompleteMultipartUpload"] == {
        "DaysAfterInitiation": 1
    }
    assert by_id["versions-that-were-replaced"]["NoncurrentVersionExpiration"]["NoncurrentDays"] == 30
    assert by_id["leases-that-were-renewed"]["NoncurrentVersionExpiration"]["NoncurrentDays"] == 1
    assert f"{PREFIX}/_lease.json" in json.dumps(by_id["leases-that-were-renewed"])
    # Nothing removes what is current.
    assert not [rule for rule in rules if {"Days", "Date"} & rule.get("Expiration", {}).keys()]


@pytest.mark.usefixtures("outputs")
def test_the_bucket_takes_encrypted_connections_only(cloud: Cloud) -> None:
    """Whoever asks, for whatever, on the bucket and all that is in it."""
    policy = json.loads(cloud.client("s3").get_bucket_policy(Bucket=BUCKET)["Policy"])
    by_id = {statement["Sid"]: statement for statement in policy["Statement"]}
    plain = by_id["OnlyEncryptedOnTheWay"]
    assert (plain["Effect"], plain["Principal"], plain["Action"]) == ("Deny", "*", "s3:*")
    assert plain["Resource"] == [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
    assert str(plain["Condition"]["Bool"]["aws:SecureTransport"]).lower() == "false"


def test_the_lake_stays_where_its_stack_is_deleted() -> None:
    """All else can be made again from it, and it cannot."""
    bucket = TEMPLATE.read_text().partition("  Bucket:\n")[2].partition("  BucketPolicy:\n")[0]
    assert "DeletionPolicy: Retain" in bucket
    assert "UpdateReplacePolicy: Retain" in bucket


def test_the_reader_reads_the_lake_and_no_more(cloud: Cloud, outputs: Mapping[str, str]) -> None:
    """Snowflake neither writes nor removes, and sees nothing beside the prefix."""
    iam = cloud.client("iam")
    role = outputs["ReaderRoleArn"].rpartition("/")[2]
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == []
    [attached] = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    statements = _statements(cloud, attached["PolicyArn"])
    actions = {action for each in statements for action in _listed(each["Action"])}
    assert actions == {"s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "s3:GetBucketLocation"}
    for each in statements:
        assert each["Effect"] == "Allow"
        if "s3:GetObject" in each["Action"]:
            assert each["Resource"] == f"arn:aws:s3:::{BUCKET}/{PREFIX}/*"
        if each["Action"] == "s3:ListBucket":
            assert each["Condition"] == {"StringLike": {"s3:prefix": f"{PREFIX}/*"}}


def test_nobody_takes_on_the_role_before_hands_are_shaken(
    cloud: Cloud, stack: CloudFormationStack, outputs: Mapping[str, str]
) -> None:
    """Then Snowflake's user does, showing the external id, and nobody else; shaking again does nothing."""
    assert [each["Effect"] for each in _trust(cloud, outputs["ReaderRoleArn"])] == ["Deny"]
    identity = identity_of(_account(outputs))
    assert shake_hands(identity, stack) == "trusts now"
    assert stack.parameters()["BucketName"] == BUCKET
    assert shake_hands(identity, stack) == "trusts already"
    # The stand-in does not change a role that it has made: what the new parameters make is seen on another.
    other = {"BucketName": "other-lake", "ReaderRoleName": "other-reader"}
    made = _deploy(cloud, "other-lake", dict(stack.parameters()) | other)
    [trusted] = _trust(cloud, made["ReaderRoleArn"])
    assert (trusted["Effect"], trusted["Action"], trusted["Principal"]) == (
        "Allow",
        "sts:AssumeRole",
        {"AWS": SNOWFLAKE},
    )
    assert trusted["Condition"] == {"StringEquals": {"sts:ExternalId": "streamvision-4f1c"}}


def test_hands_are_not_shaken_with_a_stack_of_another_role(
    stack: CloudFormationStack, outputs: Mapping[str, str]
) -> None:
    """A slip in the stack's name must not open somebody else's bucket."""
    other = Identity(SNOWFLAKE, "streamvision-4f1c", "arn:aws:iam::123456789012:role/other")
    before = stack.parameters()
    with pytest.raises(WrongUseError, match="takes on"):
        shake_hands(other, stack)
    assert stack.parameters() == before
    assert outputs


@pytest.mark.parametrize("user", ["", "*", "arn:aws:iam::999999999999:root", "arn:aws:iam::1:user/x"])
def test_an_integration_that_tells_no_identity_is_not_believed(outputs: Mapping[str, str], user: str) -> None:
    """A trust policy that names everybody, or a whole account, would open the lake."""
    with pytest.raises(AccountFileError, match="does not tell who it comes as"):
        identity_of(_account(outputs, user))


def test_a_stack_that_is_not_there_is_told(stack: CloudFormationStack) -> None:
    """With the stack's name, and what to check."""
    assert stack.parameters()
    with pytest.raises(StackError, match="cannot be looked at") as told:
        CloudFormationStack("no-such-stack").parameters()
    assert "no-such-stack" in told.value.where


def test_the_writer_works_on_its_lake_and_on_nothing_else(
    cloud: Cloud, outputs: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run's own lake and lease, as a user with the policy alone, in a stand-in that enforces it."""
    s3, key = cloud.client("s3"), _writer(cloud, outputs["WriterPolicyArn"])
    # The stand-in has no TLS, which the bucket's own policy asks for.
    s3.delete_bucket_policy(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="payroll/2026.csv", Body=b"not for the pipeline")
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.address)
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    cloud.enforce(on=True)
    try:
        lake = ObjectStoreLake(outputs["LakeUrl"])
        with LakeLease(LakeObjects(lake)).hold("run", "run"):
            lake.put("raw/small", b"small")
            with lake.create("raw/large") as file:
                file.write(bytes(20 * 1024 * 1024))
            assert lake.get("raw/small") == b"small"
            assert lake.get("raw/missing") is None
            assert {"raw/large", "raw/small"} <= set(lake.keys(""))
            lake.delete("raw/small")
        with pytest.raises(LakeError, match="denied"):
            ObjectStoreLake(f"s3://{BUCKET}/payroll").get("2026.csv")
        with pytest.raises(LakeError, match="denied"):
            ObjectStoreLake(f"s3://{BUCKET}/payroll").put("2026.csv", b"gone")
        mine = cloud.client(
            "s3", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
        )
        forbidden: tuple[Callable[[], object], ...] = (
            lambda: mine.put_bucket_versioning(
                Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"}
            ),
            lambda: mine.delete_bucket_policy(Bucket=BUCKET),
            lambda: mine.list_objects_v2(Bucket="another-bucket"),
        )
        for act in forbidden:
            with pytest.raises(ClientError, match="AccessDenied"):
                act()
    finally:
        cloud.enforce(on=False)
        finish_bucket(s3, resolved(TEMPLATE, PARAMETERS))
    # What was deleted is hidden, not gone.
    versions = s3.list_object_versions(Bucket=BUCKET, Prefix=f"{PREFIX}/raw/small")
    assert (len(versions["Versions"]), len(versions["DeleteMarkers"])) == (1, 1)


def test_the_writers_policy_gives_no_right_to_destroy(cloud: Cloud, outputs: Mapping[str, str]) -> None:
    """No version can be removed, no right be changed: the list of actions is exactly this."""
    given = {
        (action, resource)
        for each in _statements(cloud, outputs["WriterPolicyArn"])
        for action in _listed(each["Action"])
        for resource in _listed(each["Resource"])
    }
    files = f"arn:aws:s3:::{BUCKET}/{PREFIX}/*"
    assert given == {
        ("s3:GetObject", files),
        ("s3:PutObject", files),
        ("s3:DeleteObject", files),
        ("s3:AbortMultipartUpload", files),
        ("s3:ListBucket", f"arn:aws:s3:::{BUCKET}"),
    }


def _deploy(cloud: Cloud, name: str, parameters: Mapping[str, str]) -> dict[str, str]:
    client = cloud.client("cloudformation")
    client.create_stack(
        StackName=name,
        TemplateBody=TEMPLATE.read_text(encoding="utf-8"),
        Parameters=[{"ParameterKey": each, "ParameterValue": value} for each, value in parameters.items()],
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    [stack] = client.describe_stacks(StackName=name)["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


def _statements(cloud: Cloud, arn: str) -> list[dict[str, Any]]:
    iam = cloud.client("iam")
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    policy = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]
    found: list[dict[str, Any]] = policy["Document"]["Statement"]
    return found


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _trust(cloud: Cloud, arn: str) -> list[dict[str, Any]]:
    role = cloud.client("iam").get_role(RoleName=arn.rpartition("/")[2])["Role"]
    found: list[dict[str, Any]] = role["AssumeRolePolicyDocument"]["Statement"]
    return found


def _account(outputs: Mapping[str, str], user: str = SNOWFLAKE) -> FakeAccount:
    account = FakeAccount(
        properties={
            "STORAGE_AWS_IAM_USER_ARN": user,
            "STORAGE_AWS_EXTERNAL_ID": PARAMETERS["ExternalId"],
            "STORAGE_AWS_ROLE_ARN": outputs["ReaderRoleArn"],
        }
    )
    account.made["STORAGE INTEGRATION", "STREAMVISION_LAKE"] = ""
    return account


def _writer(cloud: Cloud, policy: str) -> dict[str, str]:
    iam = cloud.client("iam")
    iam.create_user(UserName="pipeline")
    iam.attach_user_policy(UserName="pipeline", PolicyArn=policy)
    key: dict[str, str] = iam.create_access_key(UserName="pipeline")["AccessKey"]
    return key
