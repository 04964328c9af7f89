"""The Voice ID service as data: its operations, shapes, constraints and paginators.

The JSON files beside this module hold facts only (names, types, limits, errors), in the layout that
botocore's loader reads. Both sides of the wire use them: the SDK checks requests, and replaces the model in a
botocore that no longer has the service; Local Voice ID checks the requests that it receives.

Source: the ``voice-id`` service model, version 2021-09-27.
"""

from voiceid_sdk.service_model.constraints import (
    Rule,
    Violation,
    sensitive_values,
    shape_violations,
    violations,
)
from voiceid_sdk.service_model.model import (
    API_VERSION,
    FIPS_REGIONS,
    LOADER_PATH,
    REGIONS,
    SERVICE_NAME,
    OperationModel,
    Shape,
    load_paginators,
    load_service,
    operation,
    operation_names,
    shape,
)

__all__ = [
    "API_VERSION",
    "FIPS_REGIONS",
    "LOADER_PATH",
    "REGIONS",
    "SERVICE_NAME",
    "OperationModel",
    "Rule",
    "Shape",
    "Violation",
    "load_paginators",
    "load_service",
    "operation",
    "operation_names",
    "sensitive_values",
    "shape",
    "shape_violations",
    "violations",
]
