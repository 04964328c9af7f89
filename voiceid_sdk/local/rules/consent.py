"""The compliance consent, which an account registers once for all regions before it creates domains.

Source: administrator guide, "Manage Voice ID domains". The console registers it, and no public operation.
"""

from typing import Final

from voiceid_sdk.local.core.context import RequestContext

_FACT: Final = "compliance consent"


def is_registered(context: RequestContext) -> bool:
    """Return whether the account has registered the consent."""
    return context.settings.compliance_consent or context.store.get_fact(_FACT) is not None


def register(context: RequestContext) -> None:
    """Register the consent of the account, which the file of the state keeps."""
    context.store.set_fact(_FACT, "registered")
