# Made from voiceid_sdk/domain.py by tools/make_async.py: change that file, then run the tool.
"""A domain: the container of speakers, fraudsters, watchlists, jobs and sessions.

Methods import what they alone need, as in ``client``, because a first call needs the data of one resource.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final

import attrs

from voiceid_sdk import _types, models
from voiceid_sdk._arguments import Unset, as_list, created_id, is_id, resolve_id
from voiceid_sdk._display.displayed import Printed
from voiceid_sdk._wire import operations
from voiceid_sdk.aio._connection import AsyncConnection
from voiceid_sdk.aio._domain_jobs import AsyncDomainJobs
from voiceid_sdk.errors import ResponseError

__all__ = ["AsyncDomain", "Unset"]

_ANY_ARN: Final = f"arn:aws:voiceid:us-east-1:111122223333:domain/{'a' * 22}"
"""Stands for the ARN while a request is checked, because the ARN may have to be described."""


@attrs.frozen
class AsyncDomain(AsyncDomainJobs, Printed):
    """A domain: manages its speakers, fraudsters, watchlists, jobs and sessions.

    A handle, which ``AsyncVoiceID.domain`` and ``AsyncVoiceID.create_domain`` make.

    Example:
        >>> domain = await voiceid.create_domain(name="support-line", kms_key_id="alias/voice-id")
        >>> (await domain.describe()).domain_status
        <DomainStatus.ACTIVE: 'ACTIVE'>
        >>> (await domain.speaker("customer-42").opt_out()).status
        <SpeakerStatus.OPTED_OUT: 'OPTED_OUT'>
    """

    _connection: AsyncConnection = attrs.field(repr=False)
    domain_id: str
    """The domain's id."""
    info: "models.DomainInfo | None" = attrs.field(default=None, eq=False, repr=False)
    """The data that came with the handle; None when it was made from an id alone."""

    if not TYPE_CHECKING:  # Type checkers would take any name for an attribute.

        def __getattr__(self, name: str) -> object:
            from voiceid_sdk._boto3_names import missing_attribute

            raise missing_attribute(self, name)

    @property
    def _id(self) -> Mapping[str, object]:
        return {"DomainId": self.domain_id}

    async def describe(self) -> "models.DomainInfo":
        """Return the domain as it is now. Calls DescribeDomain.

        Raises:
            ResourceNotFoundError: the domain does not exist.

        Example:
            >>> (await domain.describe()).name
            'support-line'
        """
        return await self._connection.call(operations.DESCRIBE_DOMAIN, self._id)

    async def replace(
        self, *, name: str, kms_key_id: str, description: str | None = None
    ) -> "models.DomainInfo":
        """Set the name, key and description; a description that is left out is removed. Calls UpdateDomain.

        Another key makes the service encrypt the data again in the background: see
        ``wait_until_encryption_updated``. The same key repeats a key change that failed.

        Args:
            name: 1 to 256 letters, digits, ``_`` and ``-``.
            kms_key_id: a customer-managed, symmetric KMS key: id, ARN or alias.
            description: 1 to 1024 characters.

        Raises:
            ConflictError: the previous key change has not ended, or the domain is not active.
        """
        return await self._connection.call(
            operations.UPDATE_DOMAIN,
            {
                **self._id,
                "Name": name,
                "Description": description,
                "ServerSideEncryptionConfiguration": {"KmsKeyId": kms_key_id},
            },
        )

    async def update(
        self,
        *,
        name: str | None = None,
        description: str | Unset | None = Unset.UNSET,
        kms_key_id: str | None = None,
    ) -> "models.DomainInfo":
        """Change the given attributes and keep the others. Calls DescribeDomain, then UpdateDomain.

        The two calls are not atomic: a change that is made between them is lost.

        Args:
            name: the new name; kept when left out.
            description: the new description; kept when left out, removed when None.
            kms_key_id: the new key; kept when left out.

        Raises:
            ConflictError: the previous key change has not ended, or the domain is not active.
            ResponseError: DescribeDomain returned no name or no key, so nothing was changed.

        Example:
            >>> (await domain.update(description="Calls about orders")).description
            'Calls about orders'
        """
        # Nothing is sent for an argument that breaks a rule.
        self._connection.transport.prepare(
            operations.UPDATE_DOMAIN.name,
            {
                **self._id,
                "Name": "any" if name is None else name,
                "Description": None if description is Unset.UNSET else description,
                "ServerSideEncryptionConfiguration": {
                    "KmsKeyId": "any" if kms_key_id is None else kms_key_id
                },
            },
        )
        current = await self.describe()
        key = current.server_side_encryption_configuration
        new_name = current.name if name is None else name
        new_key_id = key.kms_key_id if key is not None and kms_key_id is None else kms_key_id
        if new_name is None or new_key_id is None:
            raise ResponseError(
                "DescribeDomain returned no name or no key, so UpdateDomain would clear them",
                operation="DescribeDomain",
                next_step="Use replace() with all of them.",
            )
        new_description = current.description if description is Unset.UNSET else description
        return await self.replace(name=new_name, kms_key_id=new_key_id, description=new_description)

    async def delete(self) -> None:
        """Delete the domain: it is suspended at once, its data erased after 30 days. Calls DeleteDomain."""
        await self._connection.call(operations.DELETE_DOMAIN, self._id)

    async def tags(self) -> dict[str, str]:
        """Return the domain's tags. Calls ListTagsForResource, and DescribeDomain if the ARN is not known."""
        from voiceid_sdk.aio import _tagging

        return await _tagging.tags(self._connection, await self._arn())

    async def tag(self, tags: Mapping[str, str]) -> None:
        """Add tags, or change their values. Calls TagResource, and DescribeDomain if the ARN is not known.

        Example:
            >>> await domain.tag({"team": "support"})
            >>> (await domain.tags())["team"]
            'support'
        """
        from voiceid_sdk.aio import _tagging

        operation = operations.TAG_RESOURCE
        await self._connection.call(
            operation, await self._with_arn(operation.name, {"Tags": _tagging.to_wire(tags, operation.name)})
        )

    async def untag(self, keys: Iterable[str]) -> None:
        """Remove tags by their keys. Calls UntagResource, and DescribeDomain if the ARN is not known."""
        operation = operations.UNTAG_RESOURCE
        await self._connection.call(
            operation, await self._with_arn(operation.name, {"TagKeys": as_list(keys, "keys")})
        )

    async def _with_arn(self, operation: str, body: Mapping[str, object]) -> dict[str, object]:
        """Return the body with the domain's ARN, checked before DescribeDomain is called for the ARN."""
        if self.info is None or self.info.arn is None:
            self._connection.transport.prepare(operation, {"ResourceArn": _ANY_ARN, **body})
        return {"ResourceArn": await self._arn(), **body}

    async def _arn(self) -> str:
        known = None if self.info is None else self.info.arn
        arn = known or (await self.describe()).arn
        if arn is None:
            raise ResponseError(
                "DescribeDomain returned no ARN, which tags are attached to",
                operation="DescribeDomain",
                next_step="Use AsyncVoiceID.tags(), tag() or untag() with the domain's ARN.",
            )
        return arn

    def speakers(self, *, page_size: int | None = None) -> "_types.AsyncPager[models.SpeakerInfo]":
        """Return the domain's speakers. Calls ListSpeakers as it is iterated.

        Args:
            page_size: items a page, 1 to 100; the service decides when None.

        Example:
            >>> async for speaker in domain.speakers():
            ...     print(speaker.customer_speaker_id, speaker.status)
            customer-42 ENROLLED
        """
        return self._connection.pager(operations.LIST_SPEAKERS, self._id, page_size)

    def speaker(self, speaker: "str | models.SpeakerInfo") -> "_types.AsyncSpeaker":
        """Return a handle on a speaker, without a call.

        Args:
            speaker: the id that the application chose, the id that the service chose, or the speaker's data.
                Of the data, the id that the service chose is used, because it is never used again.

        Example:
            >>> (await domain.speaker("customer-42").describe()).status
            <SpeakerStatus.ENROLLED: 'ENROLLED'>
        """
        from voiceid_sdk.aio.speaker import AsyncSpeaker

        speaker_id = resolve_id(speaker, "speaker", "generated_speaker_id", "customer_speaker_id")
        info = speaker if not is_id(speaker) and isinstance(speaker, models.SpeakerInfo) else None
        return AsyncSpeaker(self._connection, self.domain_id, speaker_id, info)

    def fraudsters(
        self,
        *,
        watchlist: "str | _types.AsyncWatchlist | models.WatchlistInfo | None" = None,
        page_size: int | None = None,
    ) -> "_types.AsyncPager[models.FraudsterInfo]":
        """Return the domain's fraudsters, or those on one watchlist. Calls ListFraudsters as it is iterated.

        Args:
            watchlist: return only the fraudsters on this watchlist.
            page_size: items a page, 1 to 100; the service decides when None.

        Example:
            >>> async for fraudster in domain.fraudsters(page_size=100):
            ...     print(len(fraudster.watchlist_ids))
            1
        """
        watchlist_id = None if watchlist is None else resolve_id(watchlist, "watchlist", "watchlist_id")
        return self._connection.pager(
            operations.LIST_FRAUDSTERS, {**self._id, "WatchlistId": watchlist_id}, page_size
        )

    def fraudster(self, fraudster: "str | models.FraudsterInfo") -> "_types.AsyncFraudster":
        """Return a handle on a fraudster, without a call.

        Example:
            >>> known = await domain.fraudsters().first()
            >>> await domain.fraudster(known).delete()
        """
        from voiceid_sdk.aio.fraudster import AsyncFraudster

        fraudster_id = resolve_id(fraudster, "fraudster", "generated_fraudster_id")
        info = fraudster if isinstance(fraudster, models.FraudsterInfo) else None
        return AsyncFraudster(self._connection, self.domain_id, fraudster_id, info)

    def watchlists(self, *, page_size: int | None = None) -> "_types.AsyncPager[models.WatchlistInfo]":
        """Return the domain's watchlists. Calls ListWatchlists as it is iterated.

        Args:
            page_size: items a page, 1 to 100; the service decides when None.

        Example:
            >>> async for watchlist in domain.watchlists():
            ...     print(watchlist.name, watchlist.default_watchlist)
            DefaultWatchlist True
        """
        return self._connection.pager(operations.LIST_WATCHLISTS, self._id, page_size)

    def watchlist(self, watchlist: "str | models.WatchlistInfo") -> "_types.AsyncWatchlist":
        """Return a handle on a watchlist, without a call."""
        from voiceid_sdk.aio.watchlist import AsyncWatchlist

        watchlist_id = resolve_id(watchlist, "watchlist", "watchlist_id")
        info = watchlist if isinstance(watchlist, models.WatchlistInfo) else None
        return AsyncWatchlist(self._connection, self.domain_id, watchlist_id, info)

    async def default_watchlist(self) -> "_types.AsyncWatchlist":
        """Return a handle on the domain's default watchlist. Calls DescribeDomain if ``info`` lacks it.

        Raises:
            ResourceNotFoundError: the domain does not exist.
            ResponseError: DescribeDomain returned no default watchlist.
        """
        known = None if self.info is None else self.info.watchlist_details
        details = known or (await self.describe()).watchlist_details
        if details is None:
            raise ResponseError(
                "DescribeDomain returned no default watchlist",
                operation="DescribeDomain",
                next_step="Look for it in watchlists(): its default_watchlist is True.",
            )
        return self.watchlist(details.default_watchlist_id)

    async def create_watchlist(
        self, *, name: str, description: str | None = None, client_token: str | None = None
    ) -> "_types.AsyncWatchlist":
        """Create a watchlist and return a handle on it. Calls CreateWatchlist.

        Args:
            name: 1 to 256 letters, digits, ``_`` and ``-``; it need not be unique.
            description: 1 to 1024 characters.
            client_token: 1 to 64 characters that make a repeated call safe; a new token when None.

        Raises:
            ServiceQuotaExceededError: the domain has the maximum number of watchlists (3 by default).

        Example:
            >>> watchlist = await domain.create_watchlist(name="national")
            >>> (await watchlist.describe()).name
            'national'
        """
        from voiceid_sdk.aio.watchlist import AsyncWatchlist

        info = await self._connection.call(
            operations.CREATE_WATCHLIST,
            {**self._id, "Name": name, "Description": description, "ClientToken": client_token},
        )
        watchlist_id = created_id(info, operations.CREATE_WATCHLIST.name, "watchlist_id")
        return AsyncWatchlist(self._connection, self.domain_id, watchlist_id, info)

    def session(self, name_or_id: str) -> "_types.AsyncSession":
        """Return a handle on a session, without a call to the service.

        Args:
            name_or_id: the session's name (the contact id in Amazon Connect), or the id the service chose.

        Example:
            >>> (await domain.session("contact-1").evaluate()).authentication_result.decision
            <AuthenticationDecision.ACCEPT: 'ACCEPT'>
        """
        from voiceid_sdk.aio.session import AsyncSession

        return AsyncSession(self._connection, self.domain_id, name_or_id)

    async def wait_until_active(
        self,
        policy: "_types.WaitPolicy | None" = None,
        *,
        on_progress: "Callable[[models.DomainInfo], object] | None" = None,
    ) -> "models.DomainInfo":
        """Wait until the domain is active, and return it. Calls DescribeDomain for each poll.

        Args:
            policy: how long to wait and how often to poll; at most five minutes when None.
            on_progress: receives the domain after each poll.

        Raises:
            WaitError: the domain was deleted, so it will never be active.
            WaitTimeoutError: the deadline passed.

        Example:
            >>> (await domain.wait_until_active(WaitPolicy(timeout=60))).domain_status
            <DomainStatus.ACTIVE: 'ACTIVE'>
        """
        from voiceid_sdk._wait_conditions import DOMAIN_ACTIVE

        return await self._connection.wait_until(
            DOMAIN_ACTIVE, self.describe, policy, on_progress=on_progress
        )

    async def wait_until_encryption_updated(
        self,
        policy: "_types.WaitPolicy | None" = None,
        *,
        on_progress: "Callable[[models.DomainInfo], object] | None" = None,
    ) -> "models.DomainInfo":
        """Wait until a change of the KMS key has ended. Calls DescribeDomain for each poll.

        Until then, the old key must stay usable. A domain whose key never changed is returned at once.

        Args:
            policy: how long to wait and how often to poll; at most half an hour when None.
            on_progress: receives the domain after each poll.

        Raises:
            WaitError: the change failed; call ``replace`` with the same key to repeat it.
            WaitTimeoutError: the deadline passed.
        """
        from voiceid_sdk._wait_conditions import ENCRYPTION_UPDATED

        return await self._connection.wait_until(
            ENCRYPTION_UPDATED, self.describe, policy, on_progress=on_progress
        )
