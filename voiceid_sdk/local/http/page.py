"""The page of the server in a browser, at ``/``: domains, counts and recent requests, without caller data."""

import html
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from voiceid_sdk._version import __version__
from voiceid_sdk.local.http.signature_claims import SignedRequest
from voiceid_sdk.local.protocol.aws_json import Response
from voiceid_sdk.local.rules.overview import DomainOverview

PATH: Final = "/"
MOST_REQUESTS: Final = 30
"""How many requests are shown, newest first."""

_HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    # The page has no scripts, and no other site may show it in a frame.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}

_STYLE: Final = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 76rem; padding: 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
div { overflow-x: auto; } table { border-collapse: collapse; }
th, td { text-align: left; padding: 0.2rem 1rem 0.2rem 0; white-space: nowrap; }
th { border-bottom: 1px solid; }
code { font-family: ui-monospace, monospace; font-size: 0.9em; }
pre { overflow-x: auto; padding: 0.6rem; border: 1px solid; border-radius: 4px; }
""".strip()

_LINKS: Final = (
    ("/ready", "readiness"),
    ("https://docs.aws.amazon.com/voiceid/latest/APIReference/Welcome.html", "API reference of Voice ID"),
    (
        "https://docs.aws.amazon.com/connect/latest/adminguide/amazonconnect-voiceid-end-of-support.html",
        "end of support",
    ),
)


class _RecentRequest(NamedTuple):
    """A request as the access log shows it."""

    at: datetime
    name: str
    status: int
    milliseconds: float
    request_id: str


class StatusPage:
    """The page, and the recent requests that it shows."""

    def __init__(self) -> None:
        # Appending to a deque needs no lock.
        self._requests: deque[_RecentRequest] = deque(maxlen=MOST_REQUESTS)

    def record(self, name: str, status: int, milliseconds: float, request_id: str) -> None:
        """Remember a request, by the name that the access log has for it."""
        moment = datetime.now(UTC)
        self._requests.appendleft(_RecentRequest(moment, name, status, milliseconds, request_id))

    def response(self, domains: Sequence[DomainOverview], url: str) -> Response:
        """Return the page.

        Args:
            domains: the domains, newest first.
            url: the URL of the server, as the browser has it.
        """
        content = self._html(domains, url).encode()
        return Response(200, {**_HEADERS, "Content-Length": str(len(content))}, content)

    def _html(self, domains: Sequence[DomainOverview], url: str) -> str:
        kinds = list(domains[0].counts) if domains else []
        domain_rows = [
            (
                f"<code>{html.escape(domain.domain_id)}</code>",
                html.escape(domain.status),
                html.escape(f"{domain.account_id}, {domain.region_name}"),
                f"{datetime.fromtimestamp(domain.created_at, UTC):%Y-%m-%d %H:%M:%S}",
                *(f"{domain.counts[kind]:,}" for kind in kinds),
            )
            for domain in domains
        ]
        request_rows = [
            (
                f"{request.at:%H:%M:%S}",
                html.escape(request.name),
                str(request.status),
                f"{request.milliseconds:.1f}",
                f"<code>{html.escape(request.request_id)}</code>",
            )
            for request in self._requests
        ]
        links = " · ".join(f'<a href="{target}">{text}</a>' for target, text in _LINKS)
        client = html.escape(f'voiceid = VoiceID(endpoint_url="{url}")')
        return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Local Voice ID</title>
<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="5">
<style>{_STYLE}</style></head><body>
<h1>Local Voice ID {html.escape(__version__)}</h1>
<p>The server runs. A client on this machine needs no other settings:</p>
<pre><code>from voiceid_sdk import VoiceID

{client}</code></pre>
<h2>Domains</h2>
{_table(("Domain", "Status", "Account, region", "Created (UTC)", *kinds), domain_rows, "No domain yet.")}
<h2>Recent requests</h2>
{_table(("UTC", "Request", "Status", "ms", "Request id"), request_rows, "No request yet.")}
<p>{links}</p>
</body></html>
"""


def _table(columns: Iterable[str], rows: Sequence[Iterable[str]], empty: str) -> str:
    if not rows:
        return f"<p>{empty}</p>"
    head = "".join(f"<th scope=col>{column}</th>" for column in columns)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<div><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def is_from_browser(request: SignedRequest) -> bool:
    """Return whether a browser requests the page: AWS's clients send no ``Accept: text/html``."""
    return (
        request.method == "GET"
        and request.path == PATH
        and not request.query
        and "text/html" in request.values.get("accept", "")
    )
