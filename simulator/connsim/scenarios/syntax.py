"""What is wrong with a text that is no YAML, in words for people who do not know its grammar."""

import re

import yaml

from connsim.scenarios.findings import Place


class NoYaml(Exception):
    """A text cannot be read; nothing behind the place can be told."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(message)
        self.place = place


_UNPRINTABLE = re.compile("[^\x09\x0a\x0d\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")

# What the parser says; what we say; whether the place is where the thing began rather than where it went wrong.
_SAID = (
    (r"found character '\\t' that", "A tab stands here. Expected spaces: YAML is indented by them alone.", False),
    (
        r"found character (?P<what>'.') that",
        "A text can not begin with {what}. Put it in quotes.",
        False,
    ),
    (
        r"mapping values are not allowed here",
        "This ':' makes a key where there can be none. Expected each key on a line of its own, indented like its "
        "neighbours, and a text that has ': ' in it in quotes.",
        False,
    ),
    (r"could not find expected ':'", "This line has no ':'. Expected a key, a colon and a space: 'key: value'.", True),
    (
        r"expected <block end>, but found",
        "This does not go on with what began in line {line}. Expected it in line with that, or further in; text "
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
        "Nothing can follow here: what the file holds has ended before. Look at the quotes and brackets above.",
        False,
    ),
    (r"found unexpected (end of stream|document separator)", "The quote that begins here never ends.", True),
    (
        r"found unknown escape character|expected escape sequence",
        "In double quotes a backslash begins a code, and this is none. Use single quotes.",
        False,
    ),
)


def explained(wrong: yaml.MarkedYAMLError) -> NoYaml:
    """What a parser's complaint means."""
    mark, began = wrong.problem_mark, wrong.context_mark or wrong.problem_mark
    problem = str(wrong.problem)
    for pattern, said, at_beginning in _SAID:
        if found := re.search(pattern, problem):
            where = place_of(began if at_beginning else mark)
            since = place_of(began)
            return NoYaml(where, said.format(**found.groupdict(), line=since.line, column=since.column))
    return NoYaml(place_of(mark), f"This is no YAML: {problem}.")


def out_of_range(text: str) -> NoYaml:
    """What to say where a number is larger than any that counts."""
    found = re.search(r"\\U(?!000|0010)|%YAML", text)
    return NoYaml(
        Place(1, 1) if found is None else place_after(text[: found.start()]),
        "This number is larger than any that has a meaning here. Take it out.",
    )


def check_characters(text: str) -> None:
    """Refuse what no YAML file may hold.

    Raises:
        NoYaml: There is a control character.
    """
    if found := _UNPRINTABLE.search(text):
        raise NoYaml(
            place_after(text[: found.start()]),
            f"The character U+{ord(found[0]):04X} can not stand in a file. Take it out.",
        )


def place_after(text: str) -> Place:
    """Where the next character stands."""
    lines = re.split("\r\n|[\n\r\x85\u2028\u2029]", text)
    return Place(len(lines), len(lines[-1]) + 1)


def place_of(mark: "yaml.Mark | yaml._yaml.Mark | None") -> Place:
    """Where a mark of the parser stands."""
    return Place(1, 1) if mark is None else Place(mark.line + 1, mark.column + 1)
