"""The checker of boto3 programs: every operation has a new form that sends the same request."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.canned_responses import Canned, raw_client, typical
from voiceid_sdk import VoiceID, errors, service_model
from voiceid_sdk.migration.programs import CallKind, ProgramCall, check_program, cli
from voiceid_sdk.migration.programs.new_forms import NEW_FORMS
from voiceid_sdk.paging import Pager

CLIENT = 'import boto3\nclient = boto3.client("voice-id")\n'

ARGUMENTS: dict[str, Any] = {
    "ClientToken": "token-1",
    "DataAccessRoleArn": "arn:aws:iam::111122223333:role/voice-id",
    "Description": "for tests",
    "DomainId": "Abcdefghijklmnopqrst01",
    "EnrollmentConfig": {
        "ExistingEnrollmentAction": "OVERWRITE",
        "FraudDetectionConfig": {
            "FraudDetectionAction": "IGNORE",
            "RiskThreshold": 75,
            "WatchlistIds": ["Abcdefghijklmnopqrst04"],
        },
    },
    "FraudsterId": "id#Abcdefghijklmnopqrst03",
    "InputDataConfig": {"S3Uri": "s3://calls/manifest.json"},
    "JobId": "Abcdefghijklmnopqrst05",
    "JobName": "a-job",
    "JobStatus": "COMPLETED",
    "MaxResults": 7,
    "Name": "callers",
    "OutputDataConfig": {"S3Uri": "s3://results", "KmsKeyId": "alias/results"},
    "RegistrationConfig": {
        "DuplicateRegistrationAction": "SKIP",
        "FraudsterSimilarityThreshold": 90,
        "WatchlistIds": ["Abcdefghijklmnopqrst04"],
    },
    "ResourceArn": "arn:aws:voiceid:us-east-1:111122223333:domain/Abcdefghijklmnopqrst01",
    "ServerSideEncryptionConfiguration": {"KmsKeyId": "alias/voice"},
    "SessionNameOrId": "contact-1",
    "SpeakerId": "caller-1",
    "TagKeys": ["team"],
    "Tags": [{"Key": "team", "Value": "fraud"}],
    "WatchlistId": "Abcdefghijklmnopqrst04",
}


def only_call(line: str, before: str = CLIENT) -> ProgramCall:
    (found,) = check_program(before + line)
    return found


def members(operation: str) -> list[str]:
    """Return the parameters of an operation that a program gives, all but the page token."""
    shape = service_model.shape(service_model.operation(operation)["input"]["shape"])
    return [name for name in shape.get("members", {}) if name != "NextToken"]


def method(operation: str) -> str:
    """Return the name of the operation's method of a boto3 client, by botocore."""
    from botocore import xform_name

    return str(xform_name(operation))


@pytest.mark.parametrize("operation", service_model.operation_names())
@pytest.mark.parametrize("way", ["spelled out", "by name"])
def test_the_new_form_sends_the_same_request(operation: str, way: str) -> None:
    request = {name: ARGUMENTS[name] for name in members(operation)}
    texts = (
        f"{name}={value!r}" if way == "spelled out" else f"{name}=given[{name!r}]"
        for name, value in request.items()
    )
    found = only_call(f"client.{method(operation)}({', '.join(texts)})")
    assert (found.kind, found.is_wrong) == (CallKind.CALL, False)
    assert found.new_form is not None

    canned = Canned()
    canned.default = typical
    result = eval(found.new_form, {"voiceid": VoiceID(client=raw_client(canned)), "given": request})
    if isinstance(result, Pager):
        list(result)
    assert [(sent.operation, sent.body) for sent in canned.sent] == [(operation, request)]


def test_every_operation_has_a_new_form() -> None:
    assert NEW_FORMS.keys() == set(service_model.operation_names())


# --- What a client is -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "program",
    [
        'boto3.client("voice-id").list_domains()',
        'boto3.client(service_name="voice-id").list_domains()',
        'boto3.Session(region_name="us-east-1").client("voice-id").list_domains()',
        'client = botocore.session.get_session().create_client("voice-id")\nclient.list_domains()',
        'from boto3 import client\nvoice = client("voice-id")\nvoice.list_domains()',
        'a = b = boto3.client("voice-id")\nc = b\nc.list_domains()',
        "c = boto3.client('voice-id')\ndef f(self):\n    self.d = c\n    self.d.list_domains()",
        "def f(c: VoiceIDClient):\n    c.list_domains()",
        'c: "mypy_boto3_voice_id.VoiceIDClient" = make()\nc.list_domains()',
        'if (c := boto3.client("voice-id")):\n    c.list_domains()',
        'with closing(x), boto3.client("voice-id") as c:\n    c.list_domains()',
    ],
)
def test_a_client_is_recognized(program: str) -> None:
    found = only_call(program, "import boto3\n")
    assert (found.kind, found.new_form) == (CallKind.CALL, "voiceid.domains()")


def test_clients_of_other_services_are_left_alone() -> None:
    program = 'import boto3\nother = boto3.client("opensearch")\nother.create_domain(DomainName="d")\n'
    assert check_program(f'{program}voice = boto3.client("voice-id")\nother.list_domains()') == []


def test_a_call_that_only_voice_id_has_is_recognized_on_any_object() -> None:
    assert only_call("clients.voice.opt_out_speaker(DomainId=d, SpeakerId=s)", "").kind == CallKind.CALL


def test_a_call_that_other_services_have_is_possible_where_the_program_uses_voice_id() -> None:
    assert check_program("other.list_domains()") == []
    assert only_call("other.list_domains()").kind == CallKind.POSSIBLE


@pytest.mark.parametrize(
    "migrated",
    [
        "voiceid.create_domain(name=n, kms_key_id=k)",
        "domain.speaker(s).opt_out_speaker('reason')",
        "repository.describe_speaker(speaker_id=s)",
    ],
)
def test_a_call_with_arguments_that_boto3_does_not_take_is_no_call_of_an_unknown_client(
    migrated: str,
) -> None:
    assert check_program(f"import boto3\nboto3.client('voice-id')\n{migrated}") == []


# --- What is shown ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "new_form"),
    [
        ("client.describe_domain(DomainId=d)", "voiceid.domain(d).describe()"),
        ("client.describe_domain(**given)", "voiceid.domain(...).describe()"),
        ("client.create_domain(Name=n)", "voiceid.create_domain(name=n, kms_key_id=...)"),
        ("client.tag_resource(ResourceArn=a, Tags=[{'Key': k, 'Value': f(v)}])", "voiceid.tag(a, {k: f(v)})"),
        (
            "client.get_paginator('list_domains').paginate(PaginationConfig={'PageSize': 9, 'MaxItems': n})",
            "voiceid.domains(page_size=9).limit(n)",
        ),
        ("pages = client.get_paginator('list_domains')\nfor p in pages.paginate(): ...", "voiceid.domains()"),
        ("try: ...\nexcept client.exceptions.ConflictException: ...", "errors.ConflictError"),
        ("try: ...\nexcept client.exceptions.ClientError: ...", "errors.ServiceError"),
    ],
)
def test_the_new_form_is_shown(line: str, new_form: str) -> None:
    found = only_call(line)
    assert found.new_form == new_form
    assert not found.is_wrong


@pytest.mark.parametrize(
    "name",
    [
        shape
        for shape, described in service_model.load_service()["shapes"].items()
        if described.get("exception")
    ],
)
def test_every_exception_has_a_class_here(name: str) -> None:
    found = only_call(f"try: ...\nexcept client.exceptions.{name}: ...")
    assert found.kind == CallKind.EXCEPTION
    assert hasattr(errors, str(found.new_form).removeprefix("errors."))


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("client.list_sessions(DomainId=d)", "Amazon Connect makes sessions"),
        ("client.enroll_speaker(DomainId=d)", "Domain.enroll"),
        ("client.register_fraudster()", "Domain.register_fraudsters"),
        ("client.opt_in_speaker(SpeakerId=s)", "only Speaker.delete() undoes an opt-out"),
        ("client.authenticate_speaker()", "Session.evaluate()"),
        ("client.stop_speaker_enrollment_job()", "jobs cannot be cancelled"),
        ("client.list_speaker()", "did you mean list_speakers?"),
        ("client.frobnicate()", "never had an operation called frobnicate"),
        ("client.get_waiter('job_done')", "never had waiters"),
        ("client.get_paginator('describe_domain').paginate()", "never had a paginator"),
        ("try: ...\nexcept client.exceptions.NotFound: ...", "never had an exception"),
    ],
)
def test_what_never_existed_is_said(line: str, note: str) -> None:
    found = only_call(line)
    assert (found.kind, found.new_form, found.is_wrong) == (CallKind.NEVER_EXISTED, None, True)
    assert note in found.notes[0]


def test_a_parameter_that_never_existed_is_said() -> None:
    found = only_call("client.opt_out_speaker(DomainId=d, SpeakrId=s)")
    assert found.is_wrong
    assert found.notes[0] == "OptOutSpeaker has no parameter SpeakrId; did you mean SpeakerId?"
    assert found.notes[1] == "SpeakerId: missing"


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("client.list_speakers(DomainId=d, NextToken=t)", "the Pager follows the page tokens"),
        ("client.describe_domain(**given)", "DomainId: in ** or missing"),
        (
            "client.get_paginator('list_domains').paginate(PaginationConfig={'StartingToken': t})",
            "resume tokens of its own",
        ),
        ("client.get_paginator('list_domains').paginate(PaginationConfig=c)", "PageSize becomes page_size="),
        ("client.update_domain(DomainId=d)", "keeps what is left out"),
        ("client.describe_speaker(DomainId=d, SpeakerId=s)", "returns SpeakerInfo; no ['Speaker']"),
    ],
)
def test_what_else_changes_is_said(line: str, note: str) -> None:
    assert any(note in one for one in only_call(line).notes)


def test_methods_of_every_boto3_client_are_left_alone() -> None:
    assert (
        check_program(f"{CLIENT}client.close()\nclient.can_paginate('list_domains')\nclient.meta.events")
        == []
    )


def test_calls_come_in_the_order_of_their_lines() -> None:
    lines = (
        "client.delete_domain(DomainId=d)\nfor x in client.list_domains(): client.delete_domain(DomainId=x)"
    )
    assert [one.line for one in check_program(CLIENT + lines)] == [3, 4, 4]


def test_no_repr_shows_code() -> None:
    assert "4711" not in repr(only_call('client.opt_out_speaker(DomainId=d, SpeakerId="4711")'))


def test_new_forms_are_python() -> None:
    for operation in service_model.operation_names():
        ast.parse(str(only_call(f"client.{method(operation)}()").new_form))


# --- The command ------------------------------------------------------------------------------------------


def test_the_command_shows_every_call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "app.py").write_text(f"{CLIENT}client.list_domains()\n")
    assert cli.main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == (
        f"{tmp_path / 'app.py'}:3: client.list_domains()\n"
        "    voiceid.domains()\n"
        "    # returns a Pager: iterate over it; no ['DomainSummaries']\n"
        "1 call in 1 file\n"
    )


def test_the_exit_code_says_that_something_never_existed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "app.py").write_text(f"{CLIENT}client.list_sessions()\n")
    assert cli.main([str(tmp_path / "app.py")]) == cli.FOUND_WRONG
    assert "1 call in 1 file, 1 of them wrong" in capsys.readouterr().out


@pytest.mark.parametrize(
    "content", [b"def f(:\n", b"\x00", "# coding: latin-1\n# \xe9 (".encode("latin-1") + b"\n("]
)
def test_a_file_that_is_no_program_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    (tmp_path / "a.py").write_bytes(content)
    (tmp_path / "b.py").write_text(f"{CLIENT}client.list_domains()\n")
    assert cli.main([str(tmp_path), str(tmp_path / "c.py")]) == cli.UNREADABLE
    shown = capsys.readouterr()
    assert "1 call in 1 file" in shown.out
    assert shown.err.count("cannot be read as a Python program") == 2


def test_the_checker_runs_as_a_module(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("print()\n")
    command = [sys.executable, "-m", "voiceid_sdk.migration.programs", str(tmp_path / "app.py")]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == "0 calls in 1 file\n"


@pytest.mark.parametrize("source", [f"x = {'1 + ' * 20_000}1", f"x.{'a.' * 20_000}b", f"{'(' * 5_000}"])
def test_a_program_that_is_nested_too_deeply_is_a_syntax_error(source: str) -> None:
    with pytest.raises(SyntaxError):
        check_program(source)
