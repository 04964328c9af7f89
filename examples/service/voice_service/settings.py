"""The settings of the service, from environment variables."""

import os
from collections.abc import Mapping
from typing import Self

import attrs


@attrs.frozen(kw_only=True)
class Settings:
    """The settings; ``repr`` does not show the secret."""

    domain_id: str
    """The domain of all callers."""
    event_secret: str = attrs.field(repr=False, validator=attrs.validators.min_len(8))
    """The API key of the API destination through which EventBridge delivers events."""
    data_access_role_arn: str
    """The IAM role with which Voice ID reads recordings and writes results."""
    results_s3_uri: str
    """The folder for the results of enrollment jobs."""
    endpoint_url: str | None = None
    """Where Voice ID is; a Local Voice ID during development."""

    @classmethod
    def from_environment(cls, variables: Mapping[str, str] = os.environ) -> Self:
        """Return the settings in ``VOICE_SERVICE_...`` variables.

        Raises:
            KeyError: one is missing.
            ValueError: the secret is too short.
        """
        return cls(
            domain_id=variables["VOICE_SERVICE_DOMAIN_ID"],
            event_secret=variables["VOICE_SERVICE_EVENT_SECRET"],
            data_access_role_arn=variables["VOICE_SERVICE_DATA_ACCESS_ROLE_ARN"],
            results_s3_uri=variables["VOICE_SERVICE_RESULTS_S3_URI"],
            endpoint_url=variables.get("VOICE_SERVICE_ENDPOINT_URL"),
        )
