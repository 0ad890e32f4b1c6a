"""The OpenAPI document of the control API, made from the rows that answer it."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from connsim.control.shapes.rows import ErrorView, Row
from connsim.core.shapes import (
    Node,
    choices_of,
    described,
    hints_of,
    member_schemas,
    object_schema,
    required,
    schema,
    stripped,
    summary,
)
from connsim.core.version import VERSION as __version__
from connsim.journal.entries import KINDS, Exchange

REFUSALS = {
    400: "The request cannot be read: no JSON, an unknown name, a value of another kind.",
    401: "The control API was given a token, and the request does not bear it.",
    403: "The request comes from a web page of another site, or names a host that is not this machine itself.",
    404: "There is no such thing.",
    409: "The request is understood, and the world is not so that it can be done; nothing was changed.",
    413: "The body is larger than 16 MiB.",
    500: "connsim itself failed; GET /complaints tells how.",
}
"""What can be answered in the place of what was asked for, always with an error in one form."""

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
            "description": "Every verb of a simulated world. What is refused has changed nothing.",
        },
        "paths": paths,
        "components": {
            "schemas": parts,
            "responses": {str(status): _error(status) for status in REFUSALS},
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Asked of everybody where control is bound to more than the loopback interface.",
                }
            },
        },
        "security": [{}, {"token": []}],
    }


def entry_schemas() -> Node:
    """Describe what the journal holds, as `connsim.journal.entries.as_json` writes it."""
    parts: Node = {}
    for name, kind in KINDS.items():
        properties = member_schemas(kind, {})
        properties["real"] = {
            "type": "string",
            "format": "date-time",
            "description": "When it was on the machine's clock; the one thing that a seed does not repeat.",
        }
        extra: Node = {
            "kind": {"const": name},
            "tenant": {"type": "string", "description": "Whose world it happened in; empty for the first."},
            "moment": {"type": "string", "description": "When it was since the world's start."},
        }
        if kind is Exchange:
            extra["open"] = {"type": "boolean", "description": "Whether the client still waits for its answer."}
        properties.update(extra)
        parts[kind.__name__] = {**object_schema(kind, {}), "properties": properties, "required": list(properties)}
    parts["Entry"] = {"anyOf": [{"$ref": f"#/components/schemas/{kind.__name__}"} for kind in KINDS.values()]}
    return parts


def _operation(row: Row, parts: Node) -> Node:
    parameters = [] if row.asked is None else _parameters(row, row.asked, parts)
    refuses = {*_ALWAYS, *row.refuses, *((413,) if row.body is not None else ())}
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
                "content": _content(row, parts),
                **({"links": _links(row)} if row.leads else {}),
            },
            **{str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted(refuses)},
        },
    }


def _content(row: Row, parts: Node) -> Node:
    answer: Node = {"type": "object"} if row.answer == Node else schema(row.answer, parts)
    return {row.media: {"schema": answer}}


def _links(row: Row) -> Node:
    return {
        name: {"operationId": name, "parameters": {of: f"$response.body#{place}" for of, place in places.items()}}
        for name, places in row.leads.items()
    }


def _parameters(row: Row, asked: type, parts: Node) -> list[Node]:
    about, hints = dict(described(asked)), hints_of(asked)
    for base in asked.__mro__:
        about = {**dict(described(base)), **about}
    return [
        {
            "name": field.name,
            "in": "path" if f"{{{field.name}}}" in row.path else "query",
            "description": about.get(field.name, ""),
            "required": required(field),
            "schema": {**schema(_present(hints[field.name]), parts), **_default(field.default)},
        }
        for field in fields(asked)
    ]


def _present(hint: Any) -> Any:
    """The kind of a parameter that is given: it can be left away, and is then no null."""
    given = [one for one in choices_of(stripped(hint)[0]) if one is not type(None)]
    whole: Any = hint
    if given:
        whole = given[0]
        for one in given[1:]:
            whole = whole | one
    return whole


def _default(value: object) -> Node:
    return {"default": value} if isinstance(value, bool | int | str) else {}


def _error(status: int) -> Node:
    headers: Node = {"WWW-Authenticate": {"schema": {"type": "string"}}} if status == 401 else {}
    return {
        "description": REFUSALS[status],
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorView"}}},
        **({"headers": headers} if headers else {}),
    }
