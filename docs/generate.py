"""Write ``reference.md`` and the schema of scenario files anew: ``make docs``. Tests fail when they are out of date."""

import argparse
import ast
from collections.abc import Iterator
from pathlib import Path

from simulator import roles
from simulator.catalogue import BUILT_IN
from simulator.check_command import printed_schema
from simulator.cli import build_parser
from simulator.sentences import all_sentences

HERE = Path(__file__).parent
PAGE = HERE / "reference.md"
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


if __name__ == "__main__":
    PAGE.write_text(page().rstrip() + "\n")
    SCHEMA.write_text(printed_schema())
