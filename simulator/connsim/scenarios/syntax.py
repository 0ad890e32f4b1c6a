"""Messages for texts that are not YAML, in words for people who do not know its grammar.

PyYAML's own messages ("could not find expected ':'", "while scanning a simple key") name states of its scanner.
"""

import re

import yaml

from connsim.scenarios.findings import Place


class NoYaml(Exception):
    """A text is not YAML; nothing after the place was parsed."""

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
        "neighbours, and a text that has ': ' in it in quotes.",
        False,
    ),
    (r"could not find expected ':'", "This line has no ':'. Expected a key, a colon and a space: 'key: value'.", True),
    (
        r"expected <block end>, but found",
        "This does not continue what began in line {line}. Expected it in line with that, or further in; text "
        "behind a closing quote has no place.",
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


def explained(wrong: yaml.MarkedYAMLError) -> NoYaml:
    """Translate an error of the parser."""
    mark, began = wrong.problem_mark, wrong.context_mark or wrong.problem_mark
    problem = str(wrong.problem)
    for pattern, message, at_beginning in _MESSAGES:
        if found := re.search(pattern, problem):
            where = place_of(began if at_beginning else mark)
            since = place_of(began)
            return NoYaml(where, message.format(**found.groupdict(), line=since.line, column=since.column))
    return NoYaml(place_of(mark), f"This is no YAML: {problem}.")


def out_of_range(text: str) -> NoYaml:
    """The error for a number in an escape or in ``%YAML`` that PyYAML fails on without a place."""
    found = re.search(r"\\U(?!000|0010)|%YAML", text)
    return NoYaml(
        Place(1, 1) if found is None else place_after(text[: found.start()]),
        "This number is too large. Take it out.",
    )


def check_characters(text: str) -> None:
    """Refuse characters that YAML does not allow (YAML 1.2, 5.1).

    Raises:
        NoYaml: The text has a control character.
    """
    if found := _UNPRINTABLE.search(text):
        raise NoYaml(
            place_after(text[: found.start()]),
            f"The character U+{ord(found[0]):04X} is not allowed in a file. Take it out.",
        )


def place_after(text: str) -> Place:
    """The place right after a text."""
    lines = re.split("\r\n|[\n\r\x85\u2028\u2029]", text)
    return Place(len(lines), len(lines[-1]) + 1)


def place_of(mark: "yaml.Mark | yaml._yaml.Mark | None") -> Place:
    """The place of a mark of the parser; the first character of the file if it has none."""
    return Place(1, 1) if mark is None else Place(mark.line + 1, mark.column + 1)
