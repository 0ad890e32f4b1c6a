"""The wheel and the sdist contain what is on disk, under the names that users import."""

import tarfile
import tomllib
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from fnmatch import fnmatchcase
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.packaging.conftest import ROOT, Built

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SETUPTOOLS = PROJECT["tool"]["setuptools"]
# Where each top-level folder goes in the wheel. `connsim` is a prefix of the others, so folders are the keys.
FOLDERS = {folder: package for package, folder in SETUPTOOLS["package-dir"].items()}


def files() -> Iterator[tuple[str, Path]]:
    """Yield every file of the packaged folders, with the package that it belongs to."""
    for folder, package in FOLDERS.items():
        for path in sorted((ROOT / folder).rglob("*")):
            inner = path.parent.relative_to(ROOT / folder)
            if path.is_file() and "__pycache__" not in path.parts:
                yield ".".join([package, *inner.parts]), path


def in_wheel(package: str, path: Path) -> str:
    """Return the path of a file in the wheel."""
    return f"{package.replace('.', '/')}/{path.name}"


def test_packages_are_listed() -> None:
    """Every folder that holds files is a package of the wheel; setuptools would leave it out silently."""
    found = sorted({package for package, _ in files()})

    assert found == sorted(SETUPTOOLS["packages"]), "Bring [tool.setuptools] packages in pyproject.toml up to date."


def test_packages_have_init() -> None:
    """Every package has an ``__init__.py``: setuptools has had bugs with mapped folders that lack one."""
    places = {package: path.parent for package, path in files()}

    bare = [str(place.relative_to(ROOT)) for place in places.values() if not (place / "__init__.py").is_file()]

    assert bare == [], "Give each an __init__.py with one line that says what it holds."


def test_data_is_listed() -> None:
    """Every file that is not Python is package data."""
    data = SETUPTOOLS["package-data"]

    missing = [
        str(path.relative_to(ROOT))
        for package, path in files()
        if path.suffix != ".py" and not any(fnmatchcase(path.name, pattern) for pattern in data.get(package, []))
    ]

    assert missing == [], "List them in [tool.setuptools.package-data] of pyproject.toml."


@pytest.fixture(scope="session")
def wheel(built: Built) -> Iterator[ZipFile]:
    """The wheel, open."""
    with ZipFile(built.wheel) as wheel:
        yield wheel


@pytest.fixture(scope="session")
def sdist(built: Built) -> set[str]:
    """The files of the sdist, below its one folder."""
    with tarfile.open(built.sdist) as sdist:
        return {member.name.partition("/")[2] for member in sdist if member.isfile()}


@pytest.fixture(scope="session")
def metadata(wheel: ZipFile) -> Message:
    """The metadata of the wheel."""
    return message_from_bytes(wheel.read(dist_info(wheel, "METADATA")))


def dist_info(wheel: ZipFile, name: str) -> str:
    """Return the full name of a file in the folder ``dist-info``."""
    (found,) = [entry for entry in wheel.namelist() if entry.partition("/")[2] == name and ".dist-info/" in entry]
    return found


def test_wheel_holds_everything(wheel: ZipFile) -> None:
    """The wheel contains every file of the packaged folders, features included, and nothing else."""
    expected = {in_wheel(package, path) for package, path in files()}

    held = {name for name in wheel.namelist() if ".dist-info/" not in name}

    assert held == expected
    assert {
        "connsim/py.typed",
        "connsim/steps/prism.py",
        "connsim/fixtures/world.py",
        "connsim/features/inviting.feature",
        "connsim/features/faults/inviting.feature",
    } <= held


def test_wheel_takes_one_name(wheel: ZipFile) -> None:
    """The wheel has one import package: ``steps``, ``fixtures``, ``features`` and ``tests`` stay the user's names."""
    tops = {name.partition("/")[0] for name in wheel.namelist() if ".dist-info/" not in name}

    assert tops == {"connsim"}


def test_licence(wheel: ZipFile, metadata: Message) -> None:
    """The wheel names the licence and contains its text."""
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata.get_all("License-File") == ["LICENSE"]
    text = wheel.read(dist_info(wheel, "licenses/LICENSE")).decode()
    assert text == (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_entry_points(wheel: ZipFile) -> None:
    """The command is installed; the plugin's entry point has its module's name, so conftest.py can name it again."""
    lines = wheel.read(dist_info(wheel, "entry_points.txt")).decode().split("\n")

    assert [line for line in lines if line] == [
        "[console_scripts]",
        "connsim = connsim.cli:main",
        "[pytest11]",
        "connsim.pytest_plugin = connsim.pytest_plugin",
    ]


def test_metadata(metadata: Message) -> None:
    """The wheel states which Python it needs, and names an extra for tests."""
    assert metadata["Name"] == "connsim"
    assert metadata["Requires-Python"] == ">=3.11"
    assert "test" in metadata.get_all("Provides-Extra", [])


@pytest.mark.parametrize(
    "name", ["CHANGELOG.md", "LICENSE", "Makefile", "README.md", "conftest.py", "pyproject.toml", "tests/conftest.py"]
)
def test_sdist_holds(sdist: set[str], name: str) -> None:
    """The sdist contains everything that is needed to build it again and to run its tests."""
    assert name in sdist, f"Add {name} to MANIFEST.in, or write it."


def test_sdist_holds_sources(sdist: set[str]) -> None:
    """The sdist contains every file of the packaged folders, at its path in the repository."""
    assert {path.relative_to(ROOT).as_posix() for _, path in files()} <= sdist
