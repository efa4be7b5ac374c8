"""Does to a bucket what CloudFormation would, where the stand-in's CloudFormation leaves it out."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    """Read YAML with CloudFormation's short tags: `!Sub x` becomes {"Sub": x}."""


def _short(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, object]:
    if isinstance(node, yaml.ScalarNode):
        return {suffix: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {suffix: loader.construct_sequence(node, deep=True)}
    raise TypeError(f"!{suffix} is followed by a mapping")


_Loader.add_multi_constructor("!", _short)


def resolved(template: Path, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Return a template's resources with parameters and the bucket's name in their places."""
    document = yaml.load(template.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a kind of SafeLoader
    values = {name: str(each.get("Default", "")) for name, each in document["Parameters"].items()}
    values |= dict(parameters)
    values["Bucket"] = values["BucketName"]
    values["Bucket.Arn"] = f"arn:aws:s3:::{values['BucketName']}"
    found: dict[str, Any] = _filled(document["Resources"], values)
    return found


def _filled(part: object, values: Mapping[str, str]) -> Any:  # noqa: ANN401 - YAML has no one type
    if isinstance(part, list):
        return [_filled(each, values) for each in part]
    if not isinstance(part, dict):
        return part
    if part.keys() == {"Ref"}:
        return values.get(str(part["Ref"]), f"<{part['Ref']}>")
    if part.keys() == {"GetAtt"}:
        return values[str(part["GetAtt"])]
    if part.keys() == {"Sub"}:
        return re.sub(r"\$\{([\w.:]+)\}", lambda name: values.get(name[1], name[0]), str(part["Sub"]))
    return {name: _filled(each, values) for name, each in part.items()}


def finish_bucket(s3: Any, resources: Mapping[str, Any]) -> None:  # noqa: ANN401 - boto3 makes its clients at run time
    """Give a bucket the properties of its resource, and the policy of its own resource, through S3's API."""
    bucket, policy = resources["Bucket"]["Properties"], resources["BucketPolicy"]["Properties"]
    name = bucket["BucketName"]
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=bucket["VersioningConfiguration"])
    s3.put_public_access_block(
        Bucket=name, PublicAccessBlockConfiguration=bucket["PublicAccessBlockConfiguration"]
    )
    s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=bucket["OwnershipControls"])
    rules = [_rule(each) for each in bucket["LifecycleConfiguration"]["Rules"]]
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})
    s3.put_bucket_policy(Bucket=policy["Bucket"], Policy=json.dumps(policy["PolicyDocument"]))


def _rule(written: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule as S3's API has it, which names and nests a few things in another way."""
    rule = {("ID" if name == "Id" else name): value for name, value in written.items()}
    if rule.pop("ExpiredObjectDeleteMarker", False):
        rule["Expiration"] = {"ExpiredObjectDeleteMarker": True}
    if "NoncurrentVersionExpiration" in rule:
        days = int(rule["NoncurrentVersionExpiration"]["NoncurrentDays"])
        rule["NoncurrentVersionExpiration"] = {"NoncurrentDays": days}
    return rule
