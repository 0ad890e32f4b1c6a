"""Asks the control API of a simulator that runs elsewhere."""

import json
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from simulator.errors import Misuse

_PATIENCE = 30  # seconds


def ask_control(url: str, method: str, path: str, body: object = None) -> dict[str, Any]:
    """Send one request, and return the JSON of its answer.

    Args:
        url: The root of the control API.

    Raises:
        Misuse: Nobody answers there, or the request is refused.
    """
    data = None if body is None else json.dumps(body).encode()
    try:
        with urlopen(Request(url.rstrip("/") + path, data, method=method), timeout=_PATIENCE) as reply:
            told: dict[str, Any] = json.load(reply)
            return told
    except HTTPError as refused:
        raise Misuse(_said(refused)) from refused
    except (URLError, HTTPException, OSError, ValueError) as failed:
        raise Misuse(
            f"No control API answers at {url} ({failed}). Expected a running `connsim serve`. "
            f"Name its control address with --control or CONNSIM_CONTROL."
        ) from failed


def _said(refused: HTTPError) -> str:
    try:
        return str(json.load(refused)["error"])
    except (ValueError, LookupError, TypeError):
        return f"The control API answered {refused.code}."
