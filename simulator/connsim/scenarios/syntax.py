"""Messages for texts that are not YAML, for readers who do not know its grammar.

PyYAML's own messages ("could not find expected ':'", "while scanning a simple key") name states of its scanner.
"""

import re

import yaml

from connsim.scenarios.findings import Place


class NotYaml(Exception):
    """A text is not YAML; nothing after ``place`` was parsed."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(message)
        self.place = place


_UNPRINTABLE = re.compile("[^\x09\x0a\x0d\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")

# The parser's message; ours; whether the place is where the construct began rather than where the parser stopped.
_MESSAGES = (
    (r"found character '\\t' that", "There is a tab here. Expected spaces: YAML allows no tabs in indentation.", False),
    (
        r"found character (?P<what>'.') that",
        "A text cannot begin with {what}. Put it in quotes.",
        False,
    ),
    (
        r"mapping values are not allowed here",
        "This ':' starts a key where none is allowed. Expected each key on a line of its own, indented like its "
        "neighbours, and a text that contains ': ' in quotes.",
        False,
    ),
    (r"could not find expected ':'", "This line has no ':'. Expected a key, a colon and a space: 'key: value'.", True),
    (
        r"expected <block end>, but found",
        "This does not belong to what began in line {line}. Expected the same indentation as there, or more; "
        "nothing may follow a closing quote.",
        False,
    ),
    (
        r"expected ',' or '(?P<what>.)', but got",
        "Something is missing here: a ',', or the '{what}' that closes what began in line {line}, column {column}.",
        False,
    ),
    (
        r"expected the node content",
        "Something is missing here: a value, or the bracket that closes a list or mapping that began before.",
        False,
    ),
    (
        r"expected '<document start>'",
        "Nothing may follow here: the document has ended. Check the quotes and brackets above.",
        False,
    ),
    (r"found unexpected (end of stream|document separator)", "The quote that begins here never ends.", True),
    (
        r"found unknown escape character|expected escape sequence",
        "In double quotes a backslash begins an escape sequence, and this one is unknown. Use single quotes.",
        False,
    ),
)


def explained(wrong: yaml.MarkedYAMLError) -> NotYaml:
    """Translate an error of the parser."""
    mark, began = wrong.problem_mark, wrong.context_mark or wrong.problem_mark
    problem = str(wrong.problem)
    for pattern, message, at_beginning in _MESSAGES:
        if found := re.search(pattern, problem):
            where = place_of(began if at_beginning else mark)
            start = place_of(began)
            return NotYaml(where, message.format(**found.groupdict(), line=start.line, column=start.column))
    return NotYaml(place_of(mark), f"This is not YAML: {problem}.")


def out_of_range(text: str) -> NotYaml:
    """Return the error for a number, in an escape or in ``%YAML``, on which PyYAML fails without naming a place."""
    found = re.search(r"\\U(?!000|0010)|%YAML", text)
    return NotYaml(
        Place(1, 1) if found is None else place_after(text[: found.start()]),
        "This number is too large. Remove it.",
    )


def check_characters(text: str) -> None:
    """Refuse characters that YAML does not allow (YAML 1.2, 5.1).

    Raises:
        NotYaml: The text has a control character.
    """
    if found := _UNPRINTABLE.search(text):
        raise NotYaml(
            place_after(text[: found.start()]),
            f"The character U+{ord(found[0]):04X} is not allowed in YAML. Remove it.",
        )


def place_after(text: str) -> Place:
    """Return the place right after a text."""
    lines = re.split("\r\n|[\n\r\x85\u2028\u2029]", text)
    return Place(len(lines), len(lines[-1]) + 1)


def place_of(mark: "yaml.Mark | yaml._yaml.Mark | None") -> Place:
    """Return the place of a mark of the parser; the first character of the file for ``None``."""
    return Place(1, 1) if mark is None else Place(mark.line + 1, mark.column + 1)
