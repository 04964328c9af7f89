"""The compliance consent, which an account registers once for all regions before it creates domains.

Source: administrator guide, "Manage Voice ID domains". The console registers it, and no public operation.
"""

from voiceid_sdk.local.core.context import RequestContext
from voiceid_sdk.local.core.scope import check_account_id


def is_registered(context: RequestContext) -> bool:
    """Return whether the account has registered the consent."""
    fact = _fact(context.scope.account_id)
    return context.settings.compliance_consent or context.store.get_fact(fact) is not None


def register(context: RequestContext, account_id: str | None) -> None:
    """Register the consent of an account, by default the service's; the file of the state keeps it."""
    if account_id is not None:
        check_account_id(account_id)
    context.store.set_fact(_fact(account_id or context.scope.account_id), "registered")


def _fact(account_id: str) -> str:
    return f"compliance consent of {account_id}"
