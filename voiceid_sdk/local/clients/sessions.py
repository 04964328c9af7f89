"""The boto3 sessions of a service's own clients, one for each account."""

from typing import TYPE_CHECKING

from voiceid_sdk.local.core.scope import check_account_id
from voiceid_sdk.local.locks import Lock

if TYPE_CHECKING:
    import boto3

    from voiceid_sdk.local.clients.botocore_hook import Handle


class ClientSessions:
    """Makes a session for an account when it is first needed, and keeps it.

    Args:
        handle: returns the responses; it takes the account from the access key id.
        region_name: the region of clients that name none.
        instant_retries: whether the clients retry without pauses.
    """

    def __init__(self, handle: "Handle", region_name: str, *, instant_retries: bool) -> None:
        self._handle = handle
        self._region_name = region_name
        self._instant_retries = instant_retries
        self._sessions: dict[str, boto3.Session] = {}
        self._lock = Lock()

    def session(self, account_id: str | None = None) -> "boto3.Session":
        """Return the session of an account, by default the service's.

        Raises:
            TypeError, ValueError: the account id is not one.
        """
        if account_id is not None:
            check_account_id(account_id)
        access_key_id = "local" if account_id is None else account_id
        return self._lock.run(lambda: self._known_or_new(access_key_id))

    def _known_or_new(self, access_key_id: str) -> "boto3.Session":
        from voiceid_sdk.local.clients.botocore_hook import make_session  # imports boto3, which takes long

        if access_key_id not in self._sessions:
            self._sessions[access_key_id] = make_session(
                self._handle, self._region_name, access_key_id, instant_retries=self._instant_retries
            )
        return self._sessions[access_key_id]
