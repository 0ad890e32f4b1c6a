"""Every section of docs/protocol that tests and code cite exists.

Tests cite sections of the protocol pages in ids, names, docstrings and comments; the docstring of their module names
the page once (docs/protocol/README.md has the forms). Code names page and section together.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parents[1]
PROTOCOL = ROOT / "docs/protocol"
PAGES = {path.stem: path.read_text() for path in PROTOCOL.glob("*.md") if path.stem != "README"}
ANCHORS = {name: re.findall(r'<a id="([\d.]+)"></a>', text) for name, text in PAGES.items()}
FOLDERS = ("tests", "simulator", "steps", "fixtures", "benchmarks")

NUMBER = r"\d{1,2}(?:\.\d{1,2})?"
NUMBERS = rf"{NUMBER}(?:(?:, | and | to |; ){NUMBER})*"
HOME = re.compile(rf"Sections are those of docs/protocol/([\w-]+)\.md((?:, {NUMBERS} of docs/protocol/[\w-]+\.md)*)\.")
ELSEWHERE = re.compile(rf", ({NUMBERS}) of docs/protocol/([\w-]+)\.md")
DIRECT = re.compile(rf"docs/protocol/([\w-]+)\.md, ({NUMBERS})")
# In prose a number in brackets is a section if one has two parts, so that `(0)` stays a number.
PROSE = re.compile(rf"\((?=[^)]*\d\.\d)({NUMBERS})\)|\b[Ss]ections? ({NUMBERS})")
COMMENT = re.compile(rf"# ({NUMBERS})(?=[:,;])|{PROSE.pattern}")
NAME = re.compile(r"test_(\d+(?:_\d+)*)(?:_|$)")
# A number of one part, as in `3 polls`, counts in modules that name a page only.
TWO_PARTS = re.compile(r"(\d{1,2}\.[1-9]\d?)[ -]")
ONE_PART = re.compile(r"(\d{1,2})(?: (?!minute|hour|second|day|poll|byte)|-(?!\d))")


@dataclass(frozen=True)
class Citation:
    """One citation in a file.

    Attributes:
        line: The line of the citation.
        section: The section's number, such as ``2.7``.
        page: The name of the page if it is written beside the section, else empty.
    """

    line: int
    section: str
    page: str = ""


def numbers(text: str) -> list[str]:
    """Split a list of sections; of a range both ends count, and `2.0` is a version of a protocol."""
    return [number for number in re.findall(NUMBER, text) if not number.endswith(".0")]


def in_name(name: str) -> list[str]:
    """Read the sections that the name of a test cites: ``test_1_9_1_10_x`` cites 1.9 and 1.10."""
    match = NAME.match(name)
    parts = match[1].split("_") if match else []
    if len(parts) < 2:
        return parts
    return [".".join(pair) for pair in zip(parts[::2], parts[1::2], strict=True) if pair[1] != "0"]


def ids(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the possible ids of cases in a node, with their lines: ``id=``, entries of ``ids=``, keys of a table."""
    found: Iterable[ast.AST | None] = ()
    if isinstance(node, ast.keyword) and node.arg in ("id", "ids"):
        found = ast.walk(node.value)
    elif isinstance(node, ast.Dict):
        found = node.keys
    for each in found:
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            yield each.lineno, each.value


@cache
def parsed(source: str) -> tuple[str, list[Citation]]:
    """Parse a module; return its docstring in one line, and its citations."""
    tree = ast.parse(source)
    docstring = prose(tree)
    return docstring, [*in_tree(tree, has_page=HOME.search(docstring) is not None), *in_comments(source)]


def prose(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """Put a docstring into one line."""
    return " ".join((ast.get_docstring(node) or "").split())


def in_tree(tree: ast.Module, *, has_page: bool) -> Iterator[Citation]:
    """Yield the citations in docstrings, names and ids."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            line = node.body[0].lineno if node.body else 1
            words = HOME.sub("", prose(node))
            for page, listed in DIRECT.findall(words):
                yield from (Citation(line, section, page) for section in numbers(listed))
            for found in PROSE.findall(DIRECT.sub("", words)):
                yield from (Citation(line, section) for section in numbers(" ".join(found)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from (Citation(node.lineno, section) for section in in_name(node.name))
        for line, text in ids(node):
            match = TWO_PARTS.match(text) or (ONE_PART.match(text) if has_page else None)
            if match:
                yield Citation(line, match[1])


def in_comments(source: str) -> Iterator[Citation]:
    """Yield the citations in comments."""
    if COMMENT.search(source) is None:
        return  # tokenizing is slow
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            for found in COMMENT.findall(token.string):
                yield from (Citation(token.start[0], section) for section in numbers(" ".join(found)))


def page_of(section: str, docstring: str) -> str | None:
    """Find the page that has a section.

    Args:
        section: The section's number.
        docstring: The module's docstring, in one line.

    Returns:
        The page's name; None if the module names no page.
    """
    home = HOME.search(docstring)
    if home is None:
        return None
    for listed, page in ELSEWHERE.findall(home[2]):
        if {section, section.partition(".")[0]} & set(numbers(listed)):
            return str(page)
    return home[1]


def astray(source: str) -> list[str]:
    """Report the citations of a module that have no target.

    Returns:
        For each: the line, what is wrong, and what to do.
    """
    docstring, citations = parsed(source)
    wrong = []
    for citation in citations:
        page = citation.page or page_of(citation.section, docstring)
        if page is None:
            wrong.append(
                f"{citation.line}: section {citation.section} of which page? Add to the module's docstring: "
                "Sections are those of docs/protocol/PAGE.md."
            )
        elif page not in PAGES:
            wrong.append(f"{citation.line}: docs/protocol/{page}.md does not exist. Expected one of: {sorted(PAGES)}.")
        elif citation.section not in ANCHORS[page]:
            wrong.append(f"{citation.line}: docs/protocol/{page}.md has no section {citation.section}.")
    return wrong


MODULES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def test_every_cited_section_exists() -> None:
    """Every section that tests and code cite exists on the page that they name."""
    wrong = [f"{path.relative_to(ROOT)}:{line}" for path in MODULES for line in astray(path.read_text())]

    assert wrong == []


def test_a_page_is_named_where_it_is_cited() -> None:
    """A module that names a page also cites it."""
    sources = {path: path.read_text() for path in MODULES}

    idle = [
        str(path.relative_to(ROOT))
        for path, source in sources.items()
        if path != Path(__file__) and "Sections are those of" in source and not parsed(source)[1]
    ]
    assert idle == []


@pytest.mark.parametrize("name", PAGES)
def test_each_section_has_its_anchor(name: str) -> None:
    """A numbered heading has its number as the anchor before it, exactly once."""
    headed = re.findall(r'<a id="([\d.]+)"></a>\n\n#{2,3} (\d+(?:\.\d+)?)\.? ', PAGES[name])
    headings = re.findall(r"^#{2,3} (\d+(?:\.\d+)?)\.? ", PAGES[name], re.MULTILINE)

    assert [anchor for anchor, _ in headed] == [heading for _, heading in headed] == headings
    assert len(ANCHORS[name]) == len(set(ANCHORS[name]))


@pytest.mark.parametrize("name", PAGES)
def test_pages_cite_their_own_sections(name: str) -> None:
    """A number in brackets, with or without `section`, is a section of the page that it is on."""
    own = [
        number
        for found in re.findall(rf"(?<![`\w])\((?:see )?(\d{{1,2}}\.[1-9]\d?)\)|\bsections? ({NUMBER})\b", PAGES[name])
        for number in numbers(" ".join(found))
    ]

    assert len(own) > 5
    assert [number for number in own if number not in ANCHORS[name]] == []


@pytest.mark.parametrize(
    ("cited", "section"),
    [
        pytest.param('"""{home}"""\n\ndef test_99_1_x(): ...', "99.1", id="name"),
        pytest.param('"""{home}"""\n\ndef test_2_1_99_2_x(): ...', "99.2", id="second in a name"),
        pytest.param('"""{home}"""\nROW = param(1, id="99.1 a row")', "99.1", id="id"),
        pytest.param('"""{home}"""\nROW = param(1, id="99-a-row")', "99", id="id of a chapter"),
        pytest.param('"""{home}"""\nROWS = mark(ids=["99.1 a row"])', "99.1", id="ids"),
        pytest.param('"""{home}"""\nROWS = mark(ids=[f"99.1 {{x}}" for x in y])', "99.1", id="formatted"),
        pytest.param('"""{home}"""\nROWS = {{"99.1-a-row": 1}}', "99.1", id="table"),
        pytest.param('"""{home}"""\nclass A:\n    """B (2.1, 99.1)."""', "99.1", id="docstring"),
        pytest.param('"""{home}"""\nclass A:\n    """Section 99: a rule."""', "99", id="section of a docstring"),
        pytest.param('"""{home}"""\nX = 1  # 2.1 and 99.1: a rule', "99.1", id="comment"),
        pytest.param('"""See docs/protocol/vcx-agency.md, 99.1."""', "99.1", id="named beside"),
    ],
)
def test_a_section_that_is_not_there_is_found(cited: str, section: str) -> None:
    """Every form of citation is found, with its line."""
    source = cited.format(home="A title.\n\nSections are those of docs/protocol/vcx-agency.md.\n")

    assert [line.partition(": ")[2] for line in astray(source)] == [
        f"docs/protocol/vcx-agency.md has no section {section}."
    ]


def test_a_citation_without_a_page_is_found() -> None:
    """A module that cites sections names their page; numbers that are not sections need no page."""
    assert "of which page?" in astray("def test_2_7_x(): ...")[0]
    assert "does not exist" in astray('"""Sections are those of docs/protocol/nothing.md."""\n# 2.7: x')[0]
    assert astray('ROWS = {"3 polls": 1, "2.0 in bundles": 2}\n"""State (0)."""') == []


def test_a_module_may_cite_two_pages() -> None:
    """Chapters and sections that are attributed to another page are looked up there."""
    source = dedent('''
        """A title.

        Sections are those of docs/protocol/libvcx.md, 12 and 6.4 of docs/protocol/vcx-agency.md.
        """
        def test_12_5_x(): ...
        def test_6_4_x(): ...
        def test_2_20_x(): ...
    ''').lstrip()

    assert astray(source) == []
    assert len(astray(source.replace("12 and 6.4", "12"))) == 1
