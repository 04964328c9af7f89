# Made from voiceid_sdk/client.py by tools/make_async.py: change that file, then run the tool.
"""The client: creates, lists and tags domains, and returns handles.

Methods import the modules that they alone need, so that programs start fast: the data classes and handles
take as long as all else in the package, and botocore takes four times as long.
"""

import copy
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self

from voiceid_sdk import _types
from voiceid_sdk._arguments import created_id, is_id, resolve_id
from voiceid_sdk._cleanup import CleaningUp
from voiceid_sdk._wire.client_settings import ClientSettings
from voiceid_sdk.aio._connection import connect, connect_through
from voiceid_sdk.errors import ConfigurationError

__all__ = ["AsyncVoiceID"]


class AsyncVoiceID:
    """A client for Amazon Connect Voice ID: creates, lists and opens domains.

    It makes a boto3 client, or uses yours. Use it with ``async with``, or await ``close``. It may be shared
    between threads.

    Args:
        region_name: the AWS region; the one that boto3 finds when None. A server on this machine needs none.
        profile_name: a profile in the AWS configuration.
        endpoint_url: where to send requests instead of AWS, such as a Local Voice ID. A server on this
            machine needs no credentials either.
        session: a ``boto3.Session`` to make the client from; it is not changed. boto3's default when None.
        client: your own boto3 client for ``voice-id``, which may be a stub or mock; it is not changed.
        config: a ``botocore.config.Config``, such as for timeouts or proxies.
        max_attempts: how often a call is sent at most, at least 1; 3 by default.
        timeout: the longest time to connect, and to wait for a response, in seconds. When None, it is 5 s and
            10 s for each attempt, unless ``config`` has others.
        validate_requests: whether requests are checked against the model before they are sent.
        app_id: 1 to 50 letters, digits and ``-._`` that name your application in the user agent.
        clock: the clock of waits in place of the system's, such as the ``ManualClock`` of a Local Voice ID.
        on_call: receives a ``calls.CallRecord`` after each call, such as for metrics or traces. Its errors
            are logged and change nothing.

    Raises:
        ConfigurationError: there is no region, the profile does not exist, or arguments exclude each other.

    Example:
        >>> from voiceid_sdk import AsyncVoiceID
        >>> voiceid = AsyncVoiceID(endpoint_url="http://127.0.0.1:8787", timeout=5)
        >>> voiceid
        AsyncVoiceID(region_name='us-east-1', endpoint_url='http://127.0.0.1:8787')
        >>> await voiceid.close()
    """

    def __init__(
        self,
        *,
        region_name: str | None = None,
        profile_name: str | None = None,
        endpoint_url: str | None = None,
        session: "_types.Boto3Session | None" = None,
        client: object | None = None,
        config: object | None = None,
        max_attempts: int | None = None,
        timeout: float | None = None,
        validate_requests: bool = True,
        app_id: str | None = None,
        clock: "_types.Clock | None" = None,
        on_call: "_types.OnCall | None" = None,
    ) -> None:
        settings = ClientSettings(
            region_name=region_name,
            profile_name=profile_name,
            endpoint_url=endpoint_url,
            session=session,
            config=config,
            max_attempts=max_attempts,
            app_id=app_id,
            validate_requests=validate_requests,
            timeout=timeout,
        )
        if client is not None and settings.given:
            raise ConfigurationError(
                f"client and {', '.join(settings.given)} exclude each other",
                next_step="Configure the client that you bring.",
            )
        self._connection = (
            connect(settings, clock, on_call)
            if client is None
            else connect_through(client, settings, clock, on_call)
        )

    def __repr__(self) -> str:
        transport = self._connection.transport
        return f"AsyncVoiceID(region_name={transport.region!r}, endpoint_url={transport.endpoint!r})"

    if not TYPE_CHECKING:  # Type checkers would take any name for an attribute.

        def __getattr__(self, name: str) -> object:
            from voiceid_sdk._boto3_names import missing_attribute

            raise missing_attribute(self, name)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with CleaningUp(after=exc):
            await self.close()

    async def close(self) -> None:
        """Close the connections of the client, unless you brought it."""
        await self._connection.close()

    def with_options(self, *, timeout: float | None = None, max_attempts: int | None = None) -> Self:
        """Return a client like this one with other options, for some calls.

        It is made once for the same options, and closes with this client.

        Args:
            timeout: the longest time to connect, and to wait for a response, in seconds; unchanged when None.
            max_attempts: how often a call is sent at most; unchanged when None.

        Raises:
            ConfigurationError: you brought the client, or an option is not valid.

        Example:
            >>> on_the_phone = voiceid.with_options(timeout=2, max_attempts=2)
            >>> await on_the_phone.ping()
        """
        client = copy.copy(self)
        vars(client)["_connection"] = self._connection.with_options(timeout, max_attempts)
        return client

    async def ping(self) -> None:
        """Check that the service responds and that the credentials are valid. Calls ListDomains for one item.

        For the health check of a service: ``voiceid.with_options(timeout=2, max_attempts=1).ping()``.

        Raises:
            VoiceIDError: it does not respond, or it rejects the call.

        Example:
            >>> await voiceid.ping()
        """
        from voiceid_sdk._wire import operations

        await self._connection.call(operations.LIST_DOMAINS, {"MaxResults": 1})

    @property
    def boto3_client(self) -> "_types.Boto3Client":
        """The raw boto3 client; its methods return boto3's own dictionaries."""
        client: _types.Boto3Client = self._connection.transport.client
        return client

    async def call(self, operation: str, /, **request: object) -> dict[str, object]:
        """Call any operation with the names of the wire, and return boto3's own dictionary.

        Args:
            operation: an operation of the API, such as ``"DescribeDomain"``.
            request: the members of its request, such as ``DomainId``; those that are None are left out.

        Raises:
            RequestValidationError: there is no such operation, or the request breaks a rule of the model.
            VoiceIDError: as for all other methods.

        Example:
            >>> response = await voiceid.call("ListDomains", MaxResults=1)
            >>> response["DomainSummaries"][0]["DomainStatus"]
            'ACTIVE'
        """
        return await self._connection.call_raw(operation, request)

    async def create_domain(
        self,
        *,
        name: str,
        kms_key_id: str,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
        client_token: str | None = None,
    ) -> "_types.AsyncDomain":
        """Create a domain with its default watchlist, and return a handle on it. Calls CreateDomain.

        Args:
            name: 1 to 256 letters, digits, ``_`` and ``-``; it need not be unique.
            kms_key_id: a customer-managed, symmetric KMS key: id, ARN or alias.
            description: 1 to 1024 characters.
            tags: labels for the domain.
            client_token: 1 to 64 characters that make a repeated call safe; a new token when None.

        Raises:
            ServiceQuotaExceededError: the account has the maximum number of domains (3 by default).

        Example:
            >>> domain = await voiceid.create_domain(name="support-line", kms_key_id="alias/voice-id")
            >>> (await domain.describe()).domain_status
            <DomainStatus.ACTIVE: 'ACTIVE'>
        """
        from voiceid_sdk._wire import operations
        from voiceid_sdk.aio import _tagging
        from voiceid_sdk.aio.domain import AsyncDomain

        info = await self._connection.call(
            operations.CREATE_DOMAIN,
            {
                "ClientToken": client_token,
                "Description": description,
                "Name": name,
                "ServerSideEncryptionConfiguration": {"KmsKeyId": kms_key_id},
                "Tags": None if tags is None else _tagging.to_wire(tags, "CreateDomain"),
            },
        )
        domain_id = created_id(info, operations.CREATE_DOMAIN.name, "domain_id")
        return AsyncDomain(self._connection, domain_id, info)

    def domain(self, domain: "str | _types.DomainInfo") -> "_types.AsyncDomain":
        """Return a handle on a domain, without a call.

        Args:
            domain: the domain's id, or its data.

        Example:
            >>> domain = voiceid.domain("hrqpUWuSVy1FVKBbBZRZ6A")
            >>> speaker = domain.speaker("customer-42")
        """
        from voiceid_sdk import models
        from voiceid_sdk.aio.domain import AsyncDomain

        domain_id = resolve_id(domain, "domain", "domain_id")
        info = domain if not is_id(domain) and isinstance(domain, models.DomainInfo) else None
        return AsyncDomain(self._connection, domain_id, info)

    def domains(self, *, page_size: int | None = None) -> "_types.AsyncPager[_types.DomainInfo]":
        """Return the domains of the account in this region. Calls ListDomains as it is iterated.

        It includes deleted domains, with the status SUSPENDED, for 30 days.

        Args:
            page_size: items a page, 1 to 10; the service decides when None.

        Example:
            >>> async for domain in voiceid.domains():
            ...     print(domain.name, domain.domain_status)
            support-line ACTIVE
        """
        from voiceid_sdk._wire import operations

        return self._connection.pager(operations.LIST_DOMAINS, {}, page_size)

    async def tags(self, arn: str) -> dict[str, str]:
        """Return the tags of a domain. Calls ListTagsForResource.

        Args:
            arn: the domain's ARN.
        """
        from voiceid_sdk.aio import _tagging

        return await _tagging.tags(self._connection, arn)

    async def tag(self, arn: str, tags: Mapping[str, str]) -> None:
        """Add tags to a domain, or change their values. Calls TagResource.

        Args:
            arn: the domain's ARN.
            tags: keys of 1 to 128 characters, values of 0 to 256.

        Example:
            >>> arn = (await domain.describe()).arn
            >>> await voiceid.tag(arn, {"team": "support"})
            >>> (await voiceid.tags(arn))["team"]
            'support'
        """
        from voiceid_sdk.aio import _tagging

        await _tagging.tag(self._connection, arn, tags)

    async def untag(self, arn: str, keys: Iterable[str]) -> None:
        """Remove tags from a domain. Calls UntagResource.

        Args:
            arn: the domain's ARN.
            keys: the keys of the tags to remove.
        """
        from voiceid_sdk.aio import _tagging

        await _tagging.untag(self._connection, arn, keys)
