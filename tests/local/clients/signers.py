"""Takes the steps with a library that only signs requests: ``signers.py requests`` or ``signers.py httpx``.

Neither signs ``X-Amz-Target``, and the latter signs the host without its port. The program needs
aws-requests-auth 0.4.3 and requests, or httpx-auth-awssigv4 0.1.4.
"""

import json
import os
import sys
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

ACCESS_KEY_ID = os.environ["AWS_ACCESS_KEY_ID"]
SECRET = os.environ["AWS_SECRET_ACCESS_KEY"]
REGION = os.environ["AWS_REGION"]
URL = os.environ["AWS_ENDPOINT_URL_VOICE_ID"] + "/"


def poster(library: str) -> Any:
    """Return the function that posts, and signs what it posts."""
    if library == "requests":
        sign = import_module("aws_requests_auth.aws_auth").AWSRequestsAuth(
            aws_access_key=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET,
            aws_host=urlsplit(URL).netloc,
            aws_region=REGION,
            aws_service="voiceid",
        )
        return lambda body, headers: import_module("requests").post(
            URL, data=body, headers=headers, auth=sign
        )
    sign = import_module("httpx_auth_awssigv4").SigV4Auth(
        access_key=ACCESS_KEY_ID, secret_key=SECRET, service="voiceid", region=REGION
    )
    return lambda body, headers: import_module("httpx").post(URL, content=body, headers=headers, auth=sign)


def take(post: Any, step: Any) -> dict[str, Any]:
    """Take one step."""
    headers = {
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": f"VoiceID.{step['operation']}",
    }
    response = post(json.dumps(step["members"]).encode(), headers)
    content = json.loads(response.content or b"{}")
    if response.status_code == 200:
        return {"status": 200, "output": content}
    return {"status": response.status_code, "code": content["__type"].partition("#")[2]}


if __name__ == "__main__":
    post = poster(sys.argv[1])
    sys.stdout.write(json.dumps([take(post, step) for step in json.load(sys.stdin)]))
