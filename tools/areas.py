"""The areas of mutation testing: code, and the tests that are to notice changes to it."""

from typing import Final, NamedTuple


class Area(NamedTuple):
    """Code, and the folders and files of the tests that are to notice changes to it."""

    code: str
    tests: tuple[str, ...]


AREAS: Final = {
    "wire": Area(
        "voiceid_sdk/_wire/**/*.py",
        (
            "tests/errors",
            "tests/handles",
            "tests/privacy",
            "tests/test_decorating.py",
            "tests/test_drift.py",
            "tests/test_fast_path.py",
            "tests/test_forked_clients.py",
            "tests/test_forks.py",
            "tests/test_loopback.py",
            "tests/test_paging.py",
            "tests/test_pickling.py",
            "tests/test_request_validation.py",
            "tests/test_responses.py",
            "tests/test_services.py",
            "tests/test_survives_botocore.py",
            "tests/test_system_errors.py",
            "tests/test_transport.py",
            "tests/aio/test_calls.py",
            "tests/batch/runs",
            "tests/batch/test_objects.py",
            "tests/batch/test_policies.py",
            "tests/batch/test_transports.py",
            "tests/bulk/test_client_tokens.py",
            "tests/bulk/test_operations.py",
            "tests/local/test_in_process.py",
        ),
    ),
    "paging": Area("voiceid_sdk/paging.py", ("tests/test_paging.py", "tests/display/test_tables.py")),
    "waiting": Area(
        "voiceid_sdk/waiting.py",
        ("tests/test_wait_conditions.py", "tests/test_waiting.py", "tests/display/test_tables.py"),
    ),
    "rules": Area(
        "voiceid_sdk/local/rules/*.py",
        (
            "tests/local/events",
            "tests/local/test_conformance.py",
            "tests/local/test_control.py",
            "tests/local/test_deletion.py",
            "tests/local/test_faults.py",
            "tests/local/test_in_process.py",
            "tests/local/test_metrics.py",
            "tests/local/test_object_storage.py",
            "tests/local/test_recordings.py",
            "tests/local/test_service.py",
            "tests/local/test_statuses.py",
        ),
    ),
}
