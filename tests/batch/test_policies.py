"""IAM policies allow what batch jobs need on what they use, and nothing else."""

import fnmatch
import json
import re
from typing import Any, Final

import pytest
from hypothesis import given

from tests.support.canned_responses import DOMAIN_ARN, REGION, ROLE_ARN
from tests.support.strategies import values
from voiceid_sdk import service_model
from voiceid_sdk.batch.policies import (
    Policy,
    Statement,
    caller_policy,
    data_access_policy,
    trust_policy,
)
from voiceid_sdk.errors import RequestValidationError

KEYS: Final = [f"arn:aws:kms:{REGION}:111122223333:key/{name}" for name in ("domain", "input", "output")]
DOMAIN_KEY, INPUT_KEY, OUTPUT_KEY = KEYS

FILES: Final[dict[str, Any]] = {
    "input_s3_uris": ["s3://calls/in/", "s3://lists/manifest.json"],
    "output_s3_uri": "s3://results/out",
    "input_kms_key_arns": [INPUT_KEY],
    "output_kms_key_arn": OUTPUT_KEY,
}
CALLER: Final[dict[str, Any]] = {
    "domain_arn": DOMAIN_ARN,
    "domain_kms_key_arn": DOMAIN_KEY,
    "data_access_role_arn": ROLE_ARN,
    **FILES,
}
WRITTEN: Final = {
    "trust_policy": trust_policy(domain_arn=DOMAIN_ARN),
    "data_access_policy": data_access_policy(**FILES),
    "caller_policy": caller_policy(**CALLER),
}
EACH = pytest.mark.parametrize("policy", WRITTEN.values(), ids=WRITTEN)

VOICE_ID: Final = "voiceid.amazonaws.com"
IN_REGION: Final = f"voiceid.{REGION}.amazonaws.com"
S3: Final = f"s3.{REGION}.amazonaws.com"


def allows(policy: Policy, action: str, resource: str, **context: str) -> bool:
    """Return what IAM would say, as far as these policies go."""
    return any(
        action in statement["Action"]
        and any(_matches(pattern, resource) for pattern in statement.get("Resource", ["*"]))
        and _conditions_hold(statement, context)
        for statement in policy["Statement"]
    )


def _matches(pattern: str, resource: str) -> bool:
    # A policy writes the characters themselves as variables.
    literal = re.sub(r"\$\{([*?$])\}", lambda found: f"[{found[1]}]", pattern.replace("[", "[[]"))
    return fnmatch.fnmatchcase(resource, literal)


def _conditions_hold(statement: Statement, context: dict[str, str]) -> bool:
    asked = (pair for test in statement.get("Condition", {}).values() for pair in test.items())
    return all(context.get(key.rpartition(":")[2]) in allowed for key, allowed in asked)


@EACH
def test_a_policy_has_the_form_that_iam_takes(policy: Policy) -> None:
    assert policy["Version"] == "2012-10-17"
    assert json.loads(json.dumps(policy)) == policy
    names = [statement["Sid"] for statement in policy["Statement"]]
    assert len(set(names)) == len(names)
    for statement in policy["Statement"]:
        assert re.fullmatch("[A-Za-z0-9]+", statement["Sid"])
        assert statement["Effect"] == "Allow"
        assert ("Principal" in statement) != ("Resource" in statement)
        assert statement["Action"]
        assert all(re.fullmatch("[a-z0-9]+:[A-Za-z]+", action) for action in statement["Action"])


@EACH
def test_no_resource_is_wider_than_what_was_named(policy: Policy) -> None:
    named = {"arn:aws:s3:::calls/in/*", "arn:aws:s3:::lists/manifest.json", "arn:aws:s3:::results/out/*"}
    for statement in policy["Statement"]:
        assert set(statement.get("Resource", [])) <= {*named, *KEYS, DOMAIN_ARN, ROLE_ARN}


@EACH
def test_every_action_on_voice_id_is_one(policy: Policy) -> None:
    for statement in policy["Statement"]:
        for action in statement["Action"]:
            service, _, operation = action.partition(":")
            assert service != "voiceid" or operation in service_model.operation_names()


def test_the_service_may_assume_the_role_for_the_domain_alone() -> None:
    policy = WRITTEN["trust_policy"]
    (statement,) = policy["Statement"]
    assert statement["Principal"] == {"Service": VOICE_ID}
    assert statement["Condition"]["ArnEquals"] == {"aws:SourceArn": [DOMAIN_ARN]}
    ours = {"SourceAccount": "111122223333", "SourceArn": DOMAIN_ARN}
    assert allows(policy, "sts:AssumeRole", "", **ours)
    assert not allows(policy, "sts:AssumeRole", "", **{**ours, "SourceAccount": "444455556666"})
    assert not allows(policy, "sts:AssumeRole", "", **{**ours, "SourceArn": f"{DOMAIN_ARN[:-1]}x"})
    assert not allows(policy, "sts:AssumeRole", "")


def test_the_role_reads_the_input_and_writes_the_output() -> None:
    policy = WRITTEN["data_access_policy"]
    assert allows(policy, "s3:GetObject", "arn:aws:s3:::calls/in/ana.wav")
    assert allows(policy, "s3:GetObject", "arn:aws:s3:::lists/manifest.json")
    assert allows(policy, "s3:PutObject", "arn:aws:s3:::results/out/job/manifest.json.out")
    for action, resource in (
        ("s3:GetObject", "arn:aws:s3:::calls/other/ana.wav"),
        ("s3:GetObject", "arn:aws:s3:::lists/manifest.json.bak"),
        ("s3:GetObject", "arn:aws:s3:::results/out/job/manifest.json.out"),
        ("s3:PutObject", "arn:aws:s3:::calls/in/ana.wav"),
        ("s3:PutObject", "arn:aws:s3:::results/outside"),
        ("s3:DeleteObject", "arn:aws:s3:::calls/in/ana.wav"),
    ):
        assert not allows(policy, action, resource)


def test_the_role_uses_the_keys_of_the_files() -> None:
    policy = WRITTEN["data_access_policy"]
    assert allows(policy, "kms:Decrypt", INPUT_KEY)
    assert allows(policy, "kms:Decrypt", OUTPUT_KEY)
    assert allows(policy, "kms:GenerateDataKey", OUTPUT_KEY)
    assert not allows(policy, "kms:GenerateDataKey", INPUT_KEY)
    assert not allows(policy, "kms:Decrypt", DOMAIN_KEY)


def test_without_keys_there_is_nothing_about_keys() -> None:
    files = {name: FILES[name] for name in ("input_s3_uris", "output_s3_uri")}
    policy = data_access_policy(**files)
    assert [statement["Sid"] for statement in policy["Statement"]] == ["ReadInput", "WriteOutput"]


def test_the_caller_runs_jobs_on_the_domain() -> None:
    policy = WRITTEN["caller_policy"]
    for operation in service_model.operation_names():
        assert allows(policy, f"voiceid:{operation}", DOMAIN_ARN) == operation.endswith(("Job", "Jobs"))
    assert not allows(policy, "voiceid:StartSpeakerEnrollmentJob", f"{DOMAIN_ARN[:-1]}x")


def test_the_caller_hands_the_role_to_voice_id_alone() -> None:
    policy = WRITTEN["caller_policy"]
    assert allows(policy, "iam:PassRole", ROLE_ARN, PassedToService=VOICE_ID)
    assert not allows(policy, "iam:PassRole", ROLE_ARN, PassedToService="ec2.amazonaws.com")
    assert not allows(policy, "iam:PassRole", f"{ROLE_ARN}-2", PassedToService=VOICE_ID)


def test_the_caller_uploads_the_input_and_reads_the_output() -> None:
    policy = WRITTEN["caller_policy"]
    for action in ("s3:PutObject", "s3:GetObject"):
        assert allows(policy, action, "arn:aws:s3:::calls/in/ana.wav")
    assert allows(policy, "s3:GetObject", "arn:aws:s3:::results/out/job/manifest.json.out")
    assert not allows(policy, "s3:PutObject", "arn:aws:s3:::results/out/job/manifest.json.out")


def test_the_caller_uses_keys_through_the_services_alone() -> None:
    policy = WRITTEN["caller_policy"]
    assert allows(policy, "kms:Decrypt", DOMAIN_KEY, ViaService=IN_REGION)
    assert allows(policy, "kms:GenerateDataKey", INPUT_KEY, ViaService=S3)
    assert allows(policy, "kms:Decrypt", INPUT_KEY, ViaService=S3)
    assert allows(policy, "kms:Decrypt", OUTPUT_KEY, ViaService=S3)
    assert not allows(policy, "kms:GenerateDataKey", OUTPUT_KEY, ViaService=S3)
    for key in KEYS:
        assert not allows(policy, "kms:Decrypt", key)
    assert not allows(policy, "kms:Decrypt", DOMAIN_KEY, ViaService=S3)


@given(values("S3Uri"), values("S3Uri"))
def test_a_uri_stands_for_itself_and_what_is_below_it(uri: str, other: str) -> None:
    policy = data_access_policy(input_s3_uris=[uri], output_s3_uri="s3://out")
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    is_folder = not key or key.endswith("/")
    own = f"arn:aws:s3:::{bucket}/{key}"
    assert allows(policy, "s3:GetObject", f"{own}x" if is_folder else own)
    resource = f"arn:aws:s3:::{other.removeprefix('s3://')}"
    expected = resource.startswith(own) if is_folder else resource == own
    assert allows(policy, "s3:GetObject", resource) == expected


@pytest.mark.parametrize("key", ["in/*", "in/a?.wav", "in/${aws:username}/a.wav"])
def test_wildcards_in_a_key_are_taken_literally(key: str) -> None:
    policy = data_access_policy(input_s3_uris=[f"s3://calls/{key}"], output_s3_uri="s3://results")
    assert allows(policy, "s3:GetObject", f"arn:aws:s3:::calls/{key}")
    assert not allows(policy, "s3:GetObject", "arn:aws:s3:::calls/in/ab.wav")


@pytest.mark.parametrize("value", ["", "*", "arn:aws:s3:::*", "s3://b*/x", "S3://calls/x", "alias/voice-id"])
@pytest.mark.parametrize("name", sorted(CALLER))
def test_what_is_not_exact_is_refused_without_being_shown(name: str, value: str) -> None:
    given_value = [value] if isinstance(CALLER[name], list) else value
    with pytest.raises(RequestValidationError) as caught:
        caller_policy(**{**CALLER, name: given_value})
    assert caught.value.parameter == name
    assert len(value) < 2 or value not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("domain_arn", DOMAIN_ARN.replace(REGION, "*")),
        ("data_access_role_arn", "arn:aws:iam::111122223333:role/*"),
        ("domain_kms_key_arn", f"arn:aws:kms:{REGION}:111122223333:key/*"),
        ("domain_kms_key_arn", f"arn:aws:kms:{REGION}:111122223333:alias/voice-id"),
    ],
)
def test_wildcards_and_aliases_in_arns_are_refused(name: str, value: str) -> None:
    with pytest.raises(RequestValidationError) as caught:
        caller_policy(**{**CALLER, name: value})
    assert caught.value.parameter == name


def test_several_uris_are_not_one() -> None:
    with pytest.raises(RequestValidationError, match="must be several strings"):
        data_access_policy(input_s3_uris="s3://calls/", output_s3_uri="s3://results")
