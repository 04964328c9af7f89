"""How long Local Voice ID takes over what the real service does in the background."""

import attrs


@attrs.frozen(kw_only=True)
class Timing:
    """Seconds on the service's clock. AWS does not say how long its own take; these are short on purpose."""

    domain_activation: float = 0.0
    """From CreateDomain to ``ACTIVE``. A domain that takes any time at all is ``PENDING`` meanwhile."""

    encryption_update: float = 2.0
    """From a change of key, or from each further attempt, to its outcome."""

    job_start: float = 1.0
    """From ``SUBMITTED`` to ``IN_PROGRESS``."""

    job_request: float = 0.1
    """For each request in a job's manifest."""

    @classmethod
    def at_once(cls) -> "Timing":
        """Return a timing in which all background work is done by the next request."""
        return cls(domain_activation=0.0, encryption_update=0.0, job_start=0.0, job_request=0.0)
