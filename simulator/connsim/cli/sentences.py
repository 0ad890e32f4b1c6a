"""The sentences of the step library, collected from the step modules for the docs and ``connsim steps``."""

import inspect
import re
from dataclasses import dataclass
from importlib import import_module

from pytest_bdd.steps import step_function_context_registry

from connsim.pytest_plugin import STEP_MODULES

_GROUP = re.compile(r"\(\?P<(?P<name>\w+)>(?P<pattern>[^()]*)\)")
_WORDS = re.compile(r"[\w| -]+\|[\w| -]+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence that a feature file may use.

    Attributes:
        keyword: ``Given``, ``When`` or ``Then``.
        text: The sentence, with each parameter in angle brackets: its name, or its possible words.
        doc: The docstring of its step function, in one line.
    """

    keyword: str
    text: str
    doc: str


def all_sentences() -> list[Sentence]:
    """Return every sentence of the library, in the order of the step files; former wordings are left out."""
    for name in STEP_MODULES:
        import_module(name)
    # A step function registers its decorators from the bottom to the top: its former wordings first.
    contexts = {context.step_func: context for context in step_function_context_registry.values()}.values()
    return [
        Sentence(str(context.type).capitalize(), readable(context.parser.name), _doc(context.step_func))
        for name in STEP_MODULES
        for context in contexts
        if context.step_func.__module__ == name
    ]


def readable(pattern: str) -> str:
    """Turn the regular expression of a sentence into the form in which a person writes it."""

    def shown(group: re.Match[str]) -> str:
        return f"<{group['pattern'] if _WORDS.fullmatch(group['pattern']) else group['name']}>"

    text = _GROUP.sub(shown, pattern)
    text = re.sub(r"\(([\w ]*<[^<>]+>)\)\?", r"[\1]", text)
    return re.sub(r"\([\w ]+\)\?", "", text).replace("?", "")


def _doc(function: object) -> str:
    return " ".join((inspect.getdoc(function) or "").split())
