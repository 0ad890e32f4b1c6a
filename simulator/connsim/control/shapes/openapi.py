"""The OpenAPI document of the control API, made from the rows that answer it."""

from collections.abc import Iterable
from dataclasses import MISSING
from types import NoneType
from typing import Union

from connsim.control.shapes.rows import ErrorView, Row
from connsim.core.rows import Member
from connsim.core.shapes import Node, choices_of, member_schemas, object_schema, schema, stripped, summary
from connsim.core.version import VERSION as __version__
from connsim.journal.entries import KINDS, Exchange

REFUSALS = {
    400: "The request is malformed: not JSON, an unknown name, or a value of the wrong type.",
    401: "The control API needs a token, and the request does not have it.",
    403: "The request comes from a web page of another site, or its Host is not a name of this machine.",
    404: "The route or the thing that it names does not exist.",
    409: "The request is valid, but the present state of the world does not allow it. Nothing has changed.",
    413: "The body is larger than 16 MiB.",
    500: "connsim itself failed; GET /complaints shows the error.",
}
"""The statuses of refusals, whose bodies all have the same form."""

_ALWAYS = (400, 401, 403, 500)


def document(rows: Iterable[Row]) -> Node:
    """Build the document."""
    parts: Node = entry_schemas()
    paths: dict[str, Node] = {}
    for row in rows:
        paths.setdefault(row.path, {})[row.method.lower()] = _operation(row, parts)
    schema(ErrorView, parts)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "connsim control API",
            "version": __version__,
            "description": "Every verb of a simulated world. A refused request has changed nothing.",
        },
        "paths": paths,
        "components": {
            "schemas": parts,
            "responses": {str(status): _error(status) for status in REFUSALS},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Required if the control API is bound to more than the loopback interface.",
                }
            },
        },
        "security": [{}, {"token": []}],
    }


def entry_schemas() -> Node:
    """Describe the entries of the journal, as `connsim.journal.entries.as_json` writes it."""
    parts: Node = {}
    for name, kind in KINDS.items():
        properties = member_schemas(kind, {})
        properties["real"] = {
            "type": "string",
            "format": "date-time",
            "description": "The moment on the machine's clock; the only member that a seed does not repeat.",
        }
        extra: Node = {
            "kind": {"const": name},
            "tenant": {
                "type": "string",
                "description": "The tenant in whose world it happened; empty for the first world.",
            },
            "moment": {"type": "string", "description": "The time since the world's start."},
        }
        if kind is Exchange:
            extra["open"] = {"type": "boolean", "description": "Whether the client still waits for its reply."}
        properties.update(extra)
        parts[kind.__name__] = {**object_schema(kind, {}), "properties": properties, "required": list(properties)}
    parts["Entry"] = {"anyOf": [{"$ref": f"#/components/schemas/{kind.__name__}"} for kind in KINDS.values()]}
    return parts


def _operation(row: Row, parts: Node) -> Node:
    parameters = [_parameter(row, one, parts) for one in row.parameters]
    refuses = {*_ALWAYS, *row.refuses, *((413,) if row.body is not None else ())}
    answer: Node = {"type": "object"} if row.answer == Node else schema(row.answer, parts)
    bodies: Node = {}
    if row.body is not None:
        content = {"application/json": {"schema": schema(row.body, parts)}}
        bodies["requestBody"] = {"required": not row.body_may_be_absent, "content": content}
    return {
        "operationId": row.name,
        "summary": row.does,
        **({"parameters": parameters} if parameters else {}),
        **bodies,
        "responses": {
            str(row.status): {
                "description": summary(row.answer) or row.does,
                "content": {row.media: {"schema": answer}},
                **({"links": _links(row)} if row.leads else {}),
            },
            **{str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted(refuses)},
        },
    }


def _links(row: Row) -> Node:
    return {
        name: {"operationId": name, "parameters": {of: f"$response.body#{place}" for of, place in places.items()}}
        for name, places in row.leads.items()
    }


def _parameter(row: Row, one: Member, parts: Node) -> Node:
    bare, rules = stripped(one.kind)
    given = [choice for choice in choices_of(bare) if choice is not NoneType]  # one that is left out is not a null
    described = schema(Union[tuple(given)] if given else one.kind, parts)  # noqa: UP007 (of a list that is made here)
    default: Node = {"default": one.default} if isinstance(one.default, bool | int | str) else {}
    return {
        "name": one.key,
        "in": "path" if f"{{{one.key}}}" in row.path else "query",
        "description": rules["description"],
        "required": one.default is MISSING,
        "schema": {name: rule for name, rule in (described | default).items() if name != "description"},
    }


def _error(status: int) -> Node:
    headers: Node = {"WWW-Authenticate": {"schema": {"type": "string"}}} if status == 401 else {}
    return {
        "description": REFUSALS[status],
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorView"}}},
        **({"headers": headers} if headers else {}),
    }
