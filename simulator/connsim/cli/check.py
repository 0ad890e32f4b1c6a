"""``connsim check``: lists the errors of scenario files. Exit codes: 0 no error, 1 errors, 2 wrong arguments."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from connsim.errors import Misuse
from connsim.scenarios import files as scenario_files
from connsim.scenarios.findings import Finding, Severity
from connsim.scenarios.parsing import LARGEST
from connsim.scenarios.reading import read
from connsim.scenarios.schema import schema

_STDIN = "-"


def add_check(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command ``check`` to the parser."""
    parser = commands.add_parser(
        "check", help="report the errors and warnings of scenario files", epilog="Example: connsim check scenarios.yaml"
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="a scenario file; - is standard input")
    parser.add_argument("--json", action="store_true", help="print each finding as a line of JSON, and nothing else")
    parser.add_argument("--schema", action="store_true", help="print the JSON Schema of scenario files, for editors")
    parser.set_defaults(run=_check)


def printed_schema() -> str:
    """Return the JSON Schema as the text of a file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _check(arguments: argparse.Namespace) -> int:
    if arguments.schema and not arguments.files:
        print(printed_schema(), end="")
        return 0
    if arguments.schema or not arguments.files:
        given = "--schema was given together with files" if arguments.files else "No file was given"
        raise Misuse(f"{given}. Expected files, or --schema alone: connsim check scenarios.yaml.")
    contents = {name: _content(name) for name in dict.fromkeys(arguments.files)}
    findings = [(name, finding) for name, content in contents.items() for finding in read(content).findings]
    for line in _json_lines(findings) if arguments.json else _lines(findings, len(contents)):
        print(line)
    return int(any(finding.severity is Severity.ERROR for _, finding in findings))


def _content(name: str) -> bytes:
    return sys.stdin.buffer.read(LARGEST + 1) if name == _STDIN else scenario_files.content(Path(name))


def _lines(findings: list[tuple[str, Finding]], files: int) -> Iterator[str]:
    for name, finding in findings:
        yield finding.as_line("<stdin>" if name == _STDIN else name)
    count = {severity: sum(finding.severity is severity for _, finding in findings) for severity in Severity}
    counts = [f"{number or 'no'} {severity}{'' if number == 1 else 's'}" for severity, number in count.items()]
    yield f"{files} file{'' if files == 1 else 's'}: {', '.join(counts)}."


def _json_lines(findings: list[tuple[str, Finding]]) -> Iterator[str]:
    for name, finding in findings:
        place = {"file": name, "line": finding.place.line, "column": finding.place.column}
        yield json.dumps({**place, "severity": finding.severity, "message": finding.message}, ensure_ascii=False)
