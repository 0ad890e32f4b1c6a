"""Write what is generated in the docs anew: ``make docs``. A test fails when it is out of date."""

import argparse
import ast
from collections.abc import Iterator
from pathlib import Path

from simulator import roles
from simulator.catalogue import BUILT_IN
from simulator.cli import build_parser
from simulator.control.api import ROWS
from simulator.control.openapi import REFUSALS
from simulator.control.rows import Row
from simulator.control.shape import hints_of
from simulator.sentences import all_sentences

HERE = Path(__file__).parent
PAGE = HERE / "reference.md"
CONTROL = HERE / "control-api.md"


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


def behaviours() -> Iterator[tuple[str, str]]:
    """Every behaviour with its roles."""
    for behaviour in BUILT_IN:
        takes = (
            "" if behaviour.default is None else f" [`after` duration; {str(behaviour.default).removeprefix('for ')}]"
        )
        yield f"`{behaviour.name}`{takes}", f"{behaviour.doc} Roles: {', '.join(behaviour.roles)}."


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
    """The page of the control API, with the tables of its routes and of what is refused."""
    routes = table(
        "request", "what it does", ((f"`{row.method} {row.path}`", f"{row.does}{takes(row)}") for row in ROWS)
    )
    statuses = table("status", "why", ((str(status), why) for status, why in REFUSALS.items()))
    text = CONTROL.read_text()
    for mark, lines in (("", routes), (" (statuses)", statuses)):
        before, begin, rest = text.partition(f"<!-- generated: `make docs`{mark} -->\n")
        text = "\n".join([before + begin + lines[0], *lines[1:], "<!-- end -->" + rest.partition("<!-- end -->")[2]])
    return text


def takes(row: Row) -> str:
    """What a route takes, by name."""
    asked = [f"`{name}`" for name in hints_of(row.asked) if f"{{{name}}}" not in row.path] if row.asked else []
    body = [f"`{name}`" for name in hints_of(row.body)] if row.body else []
    told = f" Body: {', '.join(body)}." if body else ""
    return f"{told} Query: {', '.join(asked)}." if asked else told


if __name__ == "__main__":
    CONTROL.write_text(control_page())
    PAGE.write_text(page().rstrip() + "\n")
