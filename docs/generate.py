"""Write ``reference.md``, other tables and the schema of scenario files anew: ``make docs``. Tests compare them."""

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
from connsim.story.verification.asked import Wanted
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
    """The whole page."""
    return "\n".join(
        [
            "# Reference",
            "",
            "Made by `make docs` from the code; a test fails when it is out of date.",
            "",
            "## Sentences",
            "",
            "`connsim steps` prints them too. A parameter stands in angle brackets; durations are written as in",
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
            "`connsim.requests(...)` gives requests; see [Verification](verification.md). They are asked for by:",
            "",
            *table("asked for by", "what it is", wanted()),
            "",
            *table("sentence", "what it does", verification()),
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
    """A table of two columns."""
    told = [f"| {one.replace('|', chr(92) + '|')} | {other.replace('``', '`')} |" for one, other in rows]
    return [f"| {left} | {right} |", "|---|---|", *told]


def fixtures() -> Iterator[tuple[str, str]]:
    """Every fixture with its first line."""
    for path in sorted((HERE.parent / "fixtures").glob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef):
                yield f"`{node.name}`", (ast.get_docstring(node) or "").partition("\n")[0]


def wanted() -> Iterator[tuple[str, str]]:
    """What requests can be asked for by."""
    attributes = inspect.cleandoc(str(Wanted.__doc__)).partition("Attributes:")[2]
    for name, told in re.findall(r"^ {4}(\w+): (.*(?:\n {5,}.*)*)", attributes, re.MULTILINE):
        yield f"`{name}=`", " ".join(told.split())
    yield "`since=`, `until=`", "Not earlier, or not later, than so long after the beginning."


def verification() -> Iterator[tuple[str, str]]:
    """Every verb of requests, with its parameters and what it does."""
    for name, verb in vars(Requests).items():
        if inspect.isfunction(verb) and not name.startswith("_"):
            parameters = list(inspect.signature(verb).parameters.values())[1:]
            written = (
                f"{one.name}=" if one.kind is one.KEYWORD_ONLY else str(one).partition(":")[0] for one in parameters
            )
            yield f"`.{name}({', '.join(written)})`", inspect.getdoc(verb).partition("\n\n")[0].replace("\n", " ")


def behaviours() -> Iterator[tuple[str, str]]:
    """Every behaviour with its roles, and with the reports of the defect that it imitates."""
    for behaviour in BUILT_IN:
        takes = "" if behaviour.default is None else f" [`after` duration; {parameter(behaviour)}]"
        reports = f" Reports: {', '.join(map(report, behaviour.issues))}." if behaviour.issues else ""
        yield f"`{behaviour.name}`{takes}", f"{behaviour.doc} Roles: {', '.join(behaviour.roles)}.{reports}"


def report(issue: str) -> str:
    """A link to a public issue: repository and number."""
    repository, _, number = issue.split("/")[4:7]
    return f"[{repository}#{number}]({issue})"


def magic_page() -> str:
    """The page of magic values, with its tables as the code has them."""
    tables = {
        "phones": table(
            "phone number", "what its holder does", ((f"`{p}`", f"`{b}`") for p, b in magic.PHONES.items())
        ),
        "owners": table(
            "`agent_seed` and the DID that comes from it",
            "what all holders do",
            ((f"`{magic.seed_of(b)}` `{did}`", f"`{b}`") for did, b in magic.OWNERS.items()),
        ),
    }
    return with_tables(MAGIC, tables)


def faults_page() -> str:
    """The page of faults, with its tables as the code has them."""
    faults = ((f"`{word}`", f"{registry.doc_of(cls)} {own_parameters(cls)}") for word, cls in registry.FAULTS.items())
    conditions = ((f"`{one.key}`", f"{one.doc[0].upper()}{one.doc[1:]}.") for one in registry.CONDITIONS)
    return with_tables(
        FAULTS,
        {"faults": table("fault", "what it does", faults), "conditions": table("key", "what it says", conditions)},
    )


def own_parameters(fault: type[Fault]) -> str:
    """What can be told a fault beside its conditions."""
    told = [f"`{one.key}`: {one.doc}" for one in parameters(fault)]
    return f"{'; '.join(told)}."


def with_tables(path: Path, tables: dict[str, list[str]]) -> str:
    """A page with these tables between their marks."""
    page = path.read_text()
    for name, lines in tables.items():
        between = re.compile(rf"(<!-- {name}, made by make docs -->\n).*?(<!-- end -->)", re.DOTALL)
        page = between.sub(lambda marks, lines=lines: f"{marks[1]}{chr(10).join(lines)}\n{marks[2]}", page)
    return page


def commands() -> Iterator[str]:
    """Every command with its options, not as argparse prints them: that differs from one Python to the next."""
    parser = build_parser()
    commands = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    told = {action.dest: str(action.help) for action in commands._choices_actions}
    for name, command in commands.choices.items():
        yield from (f"### connsim {name}", "", f"{told[name][0].upper()}{told[name][1:]}.", "")
        rows = [(option_name(action), option_help(action)) for action in command._actions if action.dest != "help"]
        if rows:
            yield from (*table("option", "meaning", iter(rows)), "")


def option_name(action: argparse.Action) -> str:
    """An option as it is written."""
    name = action.option_strings[0] if action.option_strings else action.dest
    metavar = action.metavar or ("" if action.nargs == 0 or not action.option_strings else action.dest.upper())
    return f"`{f'{name} {metavar}'.strip()}`"


def option_help(action: argparse.Action) -> str:
    """What an option means."""
    return str(action.help).replace("%(default)s", f"`{action.default}`")


def states() -> Iterator[str]:
    """The diagram of every role."""
    for role in roles.all_roles():
        yield from (f"### {role.name}", "", role.doc, "", "```mermaid", role.table.diagram(), "```", "")


def control_page() -> str:
    """The page of the control API, with its tables as the code has them."""
    routes = ((f"`{row.method} {row.path}`", f"{row.does}{takes(row)}") for row in ROWS)
    statuses = ((str(status), why) for status, why in REFUSALS.items())
    return with_tables(
        CONTROL,
        {
            "routes": table("request", "what it does", routes),
            "statuses": table("status", "what it says", statuses),
        },
    )


def takes(row: Row) -> str:
    """What a route takes, by name."""
    asked = [f"`{name}`" for name in hints_of(row.asked) if f"{{{name}}}" not in row.path] if row.asked else []
    body = [f"`{name}`" for name in hints_of(row.body)] if row.body else []
    told = f" Body: {', '.join(body)}." if body else ""
    return f"{told} Query: {', '.join(asked)}." if asked else told


def architecture_page() -> str:
    """The page of the architecture, with the layers of pyproject.toml, and what each module says of itself."""
    lines = layers()
    rooms = (room for line in lines for room in line.split(" | "))
    return with_tables(
        ARCHITECTURE,
        {"rooms": table("room", "what it is", map(described, rooms)), "layers": ["```text", *lines, "```"]},
    )


def layers() -> list[str]:
    """The layers of the package, from the top down; rooms that share one stand in one line."""
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text())
    contracts = project["tool"]["importlinter"]["contracts"]
    return next(contract["layers"] for contract in contracts if contract["id"] == "house")


def described(room: str) -> tuple[str, str]:
    """A room by its path, and the first sentence of its docstring."""
    folder = (PACKAGE / room).is_dir()
    path = PACKAGE / room / "__init__.py" if folder else PACKAGE / f"{room}.py"
    told = " ".join((ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n\n")[0].split())
    return f"`{room}/`" if folder else f"`{room}.py`", f"{told.partition('. ')[0].rstrip('.')}."


if __name__ == "__main__":
    ARCHITECTURE.write_text(architecture_page())
    CONTROL.write_text(control_page())
    PAGE.write_text(page().rstrip() + "\n")
    MAGIC.write_text(magic_page())
    FAULTS.write_text(faults_page())
    SCHEMA.write_text(printed_schema())
