"""Generate ``reference.md``, the tables of other pages, and the schema of scenario files: ``make docs``.

The tables repeat what docstrings and help texts say, so that neither can go out of date. Tests compare the results with
the files.
"""

import argparse
import ast
import inspect
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from connsim.cli.check import printed_schema
from connsim.cli.command import build_parser
from connsim.cli.sentences import all_sentences
from connsim.control.api import ROWS
from connsim.control.routes.behaviours import parameter
from connsim.control.shapes.openapi import REFUSALS
from connsim.control.shapes.rows import Row
from connsim.core.shapes import hints_of
from connsim.faults import registry
from connsim.faults.fault import Fault
from connsim.faults.parameters import parameters
from connsim.script import magic, roles
from connsim.script.catalogue import BUILT_IN
from connsim.story.verification.conditions import Wanted
from connsim.story.verification.requests import Requests

HERE = Path(__file__).parent
PACKAGE = HERE.parent / "simulator" / "connsim"
ARCHITECTURE = HERE / "architecture.md"
PAGE = HERE / "reference.md"
CONTROL = HERE / "control-api.md"
MAGIC = HERE / "magic-values.md"
FAULTS = HERE / "faults.md"
SCHEMA = HERE / "scenarios.schema.json"


def page() -> str:
    """Return the page ``reference.md``."""
    return "\n".join(
        [
            "# Reference",
            "",
            "All sentences, fixtures, behaviours, commands and states on one page; the [glossary](glossary.md)",
            "explains the words. `make docs` generates this page from the code; a test fails if it is out of date.",
            "",
            "## Sentences",
            "",
            "`connsim steps` prints this list. Parameters are in angle brackets; durations are written as in",
            "[State sequences](sequences.md).",
            "",
            *table("sentence", "what it does", ((f"`{s.keyword} {s.text}`", s.doc) for s in all_sentences())),
            "",
            "## Fixtures",
            "",
            *table("fixture", "what it is", fixtures()),
            "",
            "## Verification",
            "",
            "`connsim.requests(...)` selects requests by these arguments, and its methods check them; see",
            "[Verification](verification.md).",
            "",
            *table("argument", "what it is", wanted()),
            "",
            *table("method", "what it does", verification()),
            "",
            "## Behaviours",
            "",
            *table("behaviour", "what the client sees", behaviours()),
            "",
            "## Commands",
            "",
            *commands(),
            "## States",
            "",
            *states(),
        ]
    )


def table(left: str, right: str, rows: Iterator[tuple[str, str]]) -> list[str]:
    """Return a table of two columns as lines of Markdown."""
    lines = [f"| {one.replace('|', chr(92) + '|')} | {other.replace('``', '`')} |" for one, other in rows]
    return [f"| {left} | {right} |", "|---|---|", *lines]


def fixtures() -> Iterator[tuple[str, str]]:
    """Yield every public fixture with the first line of its docstring."""
    for path in sorted((HERE.parent / "fixtures").glob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield f"`{node.name}`", (ast.get_docstring(node) or "").partition("\n")[0]


def wanted() -> Iterator[tuple[str, str]]:
    """Yield the arguments that select requests."""
    attributes = inspect.cleandoc(str(Wanted.__doc__)).partition("Attributes:")[2]
    for name, doc in re.findall(r"^ {4}(\w+): (.*(?:\n {5,}.*)*)", attributes, re.MULTILINE):
        yield f"`{name}=`", " ".join(doc.split())
    yield "`since=`, `until=`", "The earliest and the latest moment, as durations after the beginning."


def verification() -> Iterator[tuple[str, str]]:
    """Yield every method that checks requests, with its parameters and the first paragraph of its docstring."""
    for name, method in vars(Requests).items():
        if inspect.isfunction(method) and not name.startswith("_"):
            parameters = list(inspect.signature(method).parameters.values())[1:]
            written = (
                f"{one.name}=" if one.kind is one.KEYWORD_ONLY else str(one).partition(":")[0] for one in parameters
            )
            yield f"`.{name}({', '.join(written)})`", inspect.getdoc(method).partition("\n\n")[0].replace("\n", " ")


def behaviours() -> Iterator[tuple[str, str]]:
    """Yield every behaviour with its roles, and the reports of the defect that it imitates."""
    for behaviour in BUILT_IN:
        takes = "" if behaviour.default is None else f" [`after` duration; {parameter(behaviour)}]"
        reports = f" Reports: {', '.join(map(report, behaviour.issues))}." if behaviour.issues else ""
        yield f"`{behaviour.name}`{takes}", f"{behaviour.doc} Roles: {', '.join(behaviour.roles)}.{reports}"


def report(issue: str) -> str:
    """Return a link to a public issue, with repository and number as its text."""
    repository, _, number = issue.split("/")[4:7]
    return f"[{repository}#{number}]({issue})"


def magic_page() -> str:
    """Return the page of magic values, with the tables of the code."""
    tables = {
        "phones": table(
            "phone number", "what its holder does", ((f"`{p}`", f"`{b}`") for p, b in magic.PHONES.items())
        ),
        "owners": table(
            "`agent_seed`, and the DID derived from it",
            "what all holders do",
            ((f"`{magic.seed_of(b)}` `{did}`", f"`{b}`") for did, b in magic.OWNERS.items()),
        ),
    }
    return with_tables(MAGIC, tables)


def faults_page() -> str:
    """Return the page of faults, with the tables of the code."""
    faults = ((f"`{word}`", f"{registry.doc_of(cls)} {own_parameters(cls)}") for word, cls in registry.FAULTS.items())
    conditions = ((f"`{one.key}`", f"{one.doc[0].upper()}{one.doc[1:]}.") for one in registry.CONDITIONS)
    return with_tables(
        FAULTS,
        {"faults": table("fault", "what it does", faults), "conditions": table("key", "meaning", conditions)},
    )


def own_parameters(fault: type[Fault]) -> str:
    """Return the parameters of a fault other than its conditions, with their meaning."""
    described = [f"`{one.key}`: {one.doc}" for one in parameters(fault)]
    return f"{'; '.join(described)}."


def with_tables(path: Path, tables: dict[str, list[str]]) -> str:
    """Return a page with these tables between their marks."""
    page = path.read_text()
    for name, lines in tables.items():
        between = re.compile(rf"(<!-- {name}, made by make docs -->\n).*?(<!-- end -->)", re.DOTALL)
        page = between.sub(lambda marks, lines=lines: f"{marks[1]}{chr(10).join(lines)}\n{marks[2]}", page)
    return page


def commands() -> Iterator[str]:
    """Yield every command with its options.

    argparse's own help differs between versions of Python, so the lines are made here.
    """
    parser = build_parser()
    commands = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    helps = {action.dest: str(action.help) for action in commands._choices_actions}
    for name, command in commands.choices.items():
        yield from (f"### connsim {name}", "", f"{helps[name][0].upper()}{helps[name][1:]}.", "")
        rows = [(option_name(action), option_help(action)) for action in command._actions if action.dest != "help"]
        if rows:
            yield from (*table("option", "meaning", iter(rows)), "")


def option_name(action: argparse.Action) -> str:
    """Return an option as it is typed, with its placeholder."""
    name = action.option_strings[0] if action.option_strings else action.dest
    metavar = action.metavar or ("" if action.nargs == 0 or not action.option_strings else action.dest.upper())
    return f"`{f'{name} {metavar}'.strip()}`"


def option_help(action: argparse.Action) -> str:
    """Return the help text of an option, with its default."""
    return str(action.help).replace("%(default)s", f"`{action.default}`")


def states() -> Iterator[str]:
    """Yield the section of every role, with its diagram."""
    for role in roles.all_roles():
        yield from (f"### {role.name}", "", role.doc, "", "```mermaid", role.table.diagram(), "```", "")


def control_page() -> str:
    """Return the page of the control API, with the tables of the code."""
    routes = ((f"`{row.method} {row.path}`", f"{row.does}{takes(row)}") for row in ROWS)
    statuses = ((str(status), why) for status, why in REFUSALS.items())
    return with_tables(
        CONTROL,
        {
            "routes": table("request", "what it does", routes),
            "statuses": table("status", "meaning", statuses),
        },
    )


def takes(row: Row) -> str:
    """Return the names of a route's parameters."""
    asked = [f"`{one.key}`" for one in row.parameters if f"{{{one.key}}}" not in row.path]
    body = [f"`{name}`" for name in hints_of(row.body)] if row.body else []
    in_body = f" Body: {', '.join(body)}." if body else ""
    return f"{in_body} Query: {', '.join(asked)}." if asked else in_body


def architecture_page() -> str:
    """Return the page of the architecture, with the layers of pyproject.toml and the docstring of each room."""
    lines = layers()
    rooms = (room for line in lines for room in line.split(" | "))
    return with_tables(
        ARCHITECTURE,
        {"rooms": table("room", "what it is", map(described, rooms)), "layers": ["```text", *lines, "```"]},
    )


def layers() -> list[str]:
    """Return the layers of the package from the top down, one line per layer."""
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text())
    contracts = project["tool"]["importlinter"]["contracts"]
    return next(contract["layers"] for contract in contracts if contract["id"] == "house")


def described(room: str) -> tuple[str, str]:
    """Return a room's path, and the first sentence of its docstring."""
    folder = (PACKAGE / room).is_dir()
    path = PACKAGE / room / "__init__.py" if folder else PACKAGE / f"{room}.py"
    doc = " ".join((ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n\n")[0].split())
    return f"`{room}/`" if folder else f"`{room}.py`", f"{doc.partition('. ')[0].rstrip('.')}."


if __name__ == "__main__":
    ARCHITECTURE.write_text(architecture_page())
    CONTROL.write_text(control_page())
    PAGE.write_text(page().rstrip() + "\n")
    MAGIC.write_text(magic_page())
    FAULTS.write_text(faults_page())
    SCHEMA.write_text(printed_schema())
