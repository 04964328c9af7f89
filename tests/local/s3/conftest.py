"""A folder that stands for S3, with one bucket, and requests to it."""

from pathlib import Path

import pytest

from tests.support.s3_requests import Wire


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "s3"


@pytest.fixture
def wire(root: Path) -> Wire:
    """Return what sends requests; there is the bucket ``bucket``."""
    wire = Wire(root)
    assert wire("PUT", "/bucket").status == 200
    return wire
