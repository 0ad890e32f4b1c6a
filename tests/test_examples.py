"""Every ``Example::`` in a docstring runs."""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLE = re.compile(r"^( *)Example::\n\n((?:\1 +.*\n|\n)+)", re.MULTILINE)
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def examples_of(docstring: str) -> Iterator[str]:
    """Yield the code of the examples in a docstring."""
    for _, code in EXAMPLE.findall(f"{inspect.cleandoc(docstring)}\n"):
        yield textwrap.dedent(code)


def shipped_examples() -> Iterator[Any]:
    """Yield the examples of all docstrings of the package, named by file and documented object."""
    for folder in ("simulator", "steps", "fixtures"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            source = path.read_text(encoding="utf-8")
            if "Example::" not in source:
                continue
            for node in filter(lambda node: isinstance(node, DOCUMENTED), ast.walk(ast.parse(source))):
                name = getattr(node, "name", "module")
                for code in examples_of(ast.get_docstring(node, clean=False) or ""):  # type: ignore[arg-type]
                    yield pytest.param(code, id=f"{path.relative_to(ROOT).as_posix()}:{name}")


@pytest.mark.parametrize("code", list(shipped_examples()))
def test_examples_run(code: str) -> None:
    """An example runs as shown."""
    exec(compile(code, "<example>", "exec"), {})


def test_examples_are_found() -> None:
    """An example is the indented block under ``Example::``, up to the next line of the docstring's own margin."""
    docstring = """Do something.

        Example::

            first = 1

            assert first == 1

        Args:
            first: A number.
        """

    assert list(examples_of(docstring)) == ["first = 1\n\nassert first == 1\n\n"]
    assert {param.id.rpartition(":")[2] for param in shipped_examples()} >= {"World", "Sequence", "fault"}
