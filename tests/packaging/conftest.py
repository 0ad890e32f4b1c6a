"""connsim as users get it: built once, and installed in every way, in environments that need no network."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STRICT = "--config-settings editable_mode=strict"

# Not sources, or produced by tools; stale copies in build/ and *.egg-info would end up in the distribution.
_NOT_SOURCE = shutil.ignore_patterns(
    ".git", ".venv*", ".*cache", ".hypothesis", "__pycache__", "build", "dist", "*.egg-info"
)


@dataclass(frozen=True)
class Built:
    """The sdist, and the wheel built from it."""

    sdist: Path
    wheel: Path


@dataclass(frozen=True)
class Python:
    """An interpreter that finds connsim in one of the ways in which users have it.

    Attributes:
        kind: The way: ``wheel``, ``sdist``, ``checkout``, ``editable`` or ``strict``.
        executable: The interpreter of an environment with everything that is installed here, except connsim.
        homes: The folders from which connsim's modules may come.
        path: The value of ``PYTHONPATH``.
        plugin: The options that name the plugin to pytest, where no entry point is installed.
    """

    kind: str
    executable: Path
    homes: tuple[Path, ...] = ()
    path: str = ""
    plugin: tuple[str, ...] = ()

    def run(self, folder: Path, *arguments: str) -> str:
        """Run the interpreter in a folder, and return its output; if it fails, fail the test with the output."""
        # Keeps out the options of this pytest run, and any other connsim.
        env = {
            name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "CONNSIM"))
        }
        if self.path:
            env["PYTHONPATH"] = self.path
        command = [str(self.executable), *arguments]
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.fail(f"{' '.join(arguments)} fails:\n{done.stdout}{done.stderr}", pytrace=False)
        return done.stdout

    def test(self, folder: Path, *arguments: str) -> str:
        """Run pytest like a user who types ``python -m pytest``."""
        # pytest-asyncio is installed here too, and warns unless its setting is given.
        return self.run(folder, "-m", "pytest", "-p", "no:asyncio", *self.plugin, *arguments)

    def foreign(self, files: Iterable[str]) -> list[str]:
        """Return the files of modules that are in none of the homes."""
        return [file for file in files if not any(Path(file).is_relative_to(home) for home in self.homes)]


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Return a function that clones this repository into a folder called ``connsim``, in a new parent each time."""
    return lambda: shutil.copytree(ROOT, tmp_path_factory.mktemp("clone") / "connsim", ignore=_NOT_SOURCE)


@pytest.fixture(scope="session")
def built(clone: Callable[[], Path]) -> Built:
    """The sdist, and the wheel built from it."""
    source = clone()
    isolation = ["--no-isolation"] * _has_setuptools()
    command = [sys.executable, "-m", "build", *isolation, "--outdir", str(source.parent), str(source)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=source.parent)
    if run.returncode:
        pytest.fail(f"The distribution can not be built:\n{run.stdout}{run.stderr}", pytrace=False)
    (sdist,), (wheel,) = source.parent.glob("*.tar.gz"), source.parent.glob("*.whl")
    return Built(sdist, wheel)


@pytest.fixture(scope="session", params=["wheel", "sdist", "editable", "strict", "checkout"])
def python(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, clone: Callable[[], Path]
) -> Python:
    """An interpreter that finds connsim, in each of the ways in which users have it.

    ``wheel`` is installed, built from the sdist. ``sdist`` is unpacked, and ``checkout`` cloned: for both, only
    ``simulator/`` is on the path, and nothing is installed. ``editable`` and ``strict`` are a clone installed with
    ``--editable``: by the finder of setuptools, and by one link for each file.
    """
    kind, place = request.param, tmp_path_factory.mktemp(request.param)
    executable = _environment(place / "venv")
    if kind in {"wheel", "sdist"}:
        built: Built = request.getfixturevalue("built")
    if kind == "wheel":
        _install(executable, str(built.wheel))
        return Python(kind, executable, (place / "venv",))
    if kind in {"editable", "strict"}:
        root = clone()
        _install(executable, "--editable", str(root), *STRICT.split() * (kind == "strict"))
        return Python(kind, executable, (root,))
    if kind == "sdist":
        with tarfile.open(built.sdist) as sdist:
            sdist.extractall(place, filter="data")
        (root,) = place.glob("connsim-*")
    else:
        root = clone()
    return Python(kind, executable, (root,), str(root / "simulator"), ("-p", "connsim.pytest_plugin"))


def _environment(place: Path) -> Path:
    """Create an environment with links to everything that is installed here, except connsim."""
    venv.EnvBuilder(symlinks=True).create(place)
    (site,) = place.glob("lib/python*/site-packages")
    for here in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        for entry in Path(here).iterdir():
            if "connsim" not in entry.name:
                (site / entry.name).symlink_to(entry)
    return place / "bin" / "python"


def _install(executable: Path, *what: str) -> None:
    isolation = ["--no-build-isolation"] * _has_setuptools()
    pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", *isolation, *what]
    Python("bare", executable).run(executable.parent, *pip)


def _has_setuptools() -> bool:
    """Return whether setuptools is installed, as the extra ``dev`` does, so that no download is needed."""
    try:
        return int(version("setuptools").partition(".")[0]) >= 77
    except PackageNotFoundError:
        return False
