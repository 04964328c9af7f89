"""Batch work: from recordings and manifests to results."""
