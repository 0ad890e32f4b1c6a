"""The body that registers a webhook, read the way the agent reads it.

Source: docs/protocol/prism-agent.md, 2.6.
"""

from connsim.prism.jvm.zio_json import Malformed, PlacedFault, Reader


def decode_webhook(body: bytes) -> tuple[str, dict[str, str]]:
    """Read ``{"url": string, "customHeaders": {string: string}?}``.

    Returns:
        The URL and the headers; of several headers with one name, the last one counts. The real agent shows more than
        four headers in an order that is not imitated.

    Raises:
        Malformed: The agent would refuse the body; the text is its message.
    """
    reader = Reader(body)
    url: str | None = None
    headers: dict[str, str] | None = None
    for name in reader.members():
        reader.require(":")
        if (name == "url" and url is not None) or (name == "customHeaders" and headers is not None):
            raise Malformed("duplicate")
        if name == "url":
            try:
                url = reader.string()
            except PlacedFault as fault:
                raise _placed(fault, name) from fault
        elif name == "customHeaders":
            headers = _headers(reader, name)
        else:
            reader.value()
    if url is None:
        raise Malformed("missing at 'url'")
    return url, headers or {}


def _headers(reader: Reader, member: str) -> dict[str, str]:
    headers: dict[str, str] = {}
    path: tuple[str, ...] = (member,)
    try:
        if reader.null():
            return headers
        for name in reader.members():
            path = (member, name)
            reader.require(":")
            headers[name] = reader.string()
            path = (member,)
    except PlacedFault as fault:
        raise _placed(fault, *path) from fault
    return headers


def _placed(fault: PlacedFault, *path: str) -> Malformed:
    """Add its place to a fault.

    The agent prints both as one text, and splits that at its first parenthesis and at the dots before it. So a header's
    name with one of these characters is changed.
    """
    text = f"{''.join(f'.{name}' for name in path)}({fault})"
    place, _, message = text.partition("(")
    return Malformed(f"{message[:-1]} at '{'.'.join(filter(None, place.split('.')))}'")
