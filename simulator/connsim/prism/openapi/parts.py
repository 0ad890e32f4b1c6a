"""Functions that build the parts of the agents' OpenAPI documents.

The documents describe what connsim answers, so that generated clients and contract testers can rely on them; where the
real agent's document differs, ours says so. Names of schemas, operations and tags are the real ones, because generated
clients are named after them.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache

from connsim.prism.problems import dumps

Node = dict[str, object]
"""A part of a document."""


TOO_LARGE_HERE = "connsim's own: the body is larger than 16 MiB. No limit of the real agent is known."


@cache
def printed(document: Callable[[str], Node], version: str) -> bytes:
    """Print a document as JSON, which is valid YAML, too.

    Args:
        document: Builds it for a version of the agent.
        version: The version.
    """
    return dumps(document(version))


def assembled(head: Node, paths: Node, schemas: Node, key: tuple[str, str]) -> Node:
    """Assemble a document.

    Args:
        head: Everything before the paths.
        key: The name of the scheme that sends an API key, and its description.
    """
    name, description = key
    scheme = {"type": "apiKey", "in": "header", "name": "apikey", "description": description}
    return {**head, "paths": paths, "components": {"schemas": schemas, "securitySchemes": {name: scheme}}}


def ref(schema: str) -> Node:
    """Refer to a schema by its name."""
    return {"$ref": f"#/components/schemas/{schema}"}


def text(description: str, **rules: object) -> Node:
    """Describe a string."""
    return {"type": "string", "description": description, **rules}


def int32(**rules: object) -> Node:
    """Describe a number of 32 bits."""
    return {"type": "integer", "format": "int32", "minimum": -(1 << 31), "maximum": (1 << 31) - 1, **rules}


def listed(schema: str) -> Node:
    """Describe an array of one schema."""
    return {"type": "array", "items": ref(schema)}


def schemas(*objects: tuple[str, str, Mapping[str, Node]]) -> Node:
    """Describe objects.

    Args:
        objects: For each its name, a description, and its members; a name that ends in ``?`` may be absent.
    """
    return {name: _object(name, description, members) for name, description, members in objects}


def _object(name: str, description: str, members: Mapping[str, Node]) -> Node:
    required = [member for member in members if not member.endswith("?")]
    return {
        "title": name,
        "description": description,
        "type": "object",
        **({"required": required} if required else {}),
        "properties": {member.removesuffix("?"): schema for member, schema in members.items()},
    }


def answer(description: str, json: str | None = None, *, plain: bool = False) -> Node:
    """Describe an answer.

    Args:
        json: The schema of a JSON body.
        plain: Whether it may be plain text. Without either, the answer has no body.
    """
    content: Node = {}
    if json is not None:
        content["application/json"] = {"schema": ref(json)}
    if plain:
        content["text/plain"] = {"schema": {"type": "string"}}
    return {"description": description, **({"content": content} if content else {})}


def operation(
    name: str,
    tag: str,
    summary: str,
    answers: Mapping[int, Node],
    *,
    takes: str | None = None,
    parameters: Iterable[Node] = (),
    security: str | None = None,
) -> Node:
    """Describe an operation.

    Args:
        name: Its ``operationId``.
        takes: The schema of its body.
        security: The security scheme; ``None`` takes the document's.
    """
    described: Node = {"tags": [tag], "operationId": name, "summary": summary}
    if parameters := list(parameters):
        described["parameters"] = parameters
    if takes is not None:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": ref(takes)}}}
    if security is not None:
        described["security"] = [{security: []}]
    return described | {"responses": {str(status): answers[status] for status in sorted(answers)}}


def parameter(place: str, name: str, description: str, schema: Node) -> Node:
    """Describe a parameter; one in the path is required."""
    return {"name": name, "in": place, "description": description, "required": place == "path", "schema": schema}
