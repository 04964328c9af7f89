"""How long background work takes in Local Voice ID."""

import attrs


@attrs.frozen(kw_only=True)
class Timing:
    """Durations in seconds of the service's clock. AWS publishes none; these are short on purpose."""

    domain_activation: float = 0.0
    """From CreateDomain to ``ACTIVE``; unless this is 0, the domain is ``PENDING`` in between."""

    encryption_update: float = 2.0
    """From a change of key, or from a further attempt, to its outcome."""

    job_start: float = 1.0
    """From ``SUBMITTED`` to ``IN_PROGRESS``."""

    job_request: float = 0.1
    """For each request in a job's manifest."""

    @classmethod
    def at_once(cls) -> "Timing":
        """Return a timing in which background work takes no time: the next request runs it."""
        return cls(domain_activation=0.0, encryption_update=0.0, job_start=0.0, job_request=0.0)
