"""What `import connsim` offers: every public name, each loaded on first use, and no heavy module before that."""

import ast
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import connsim
from connsim import pytest_plugin, testing

SOURCE = Path(connsim.__file__).read_text(encoding="utf-8")
HOMES: dict[str, str] = vars(connsim)["_HOMES"]

LIGHT = {
    "connsim",
    "connsim.core",
    "connsim.core.durations",
    "connsim.core.shapes",
    "connsim.core.version",
    "connsim.errors",
}
HEAVY = ("aiohttp", "faker", "freezegun", "httpx", "jsonschema", "msgpack", "nacl", "respx", "vcx", "yaml")

# Loads the plugin and every module that it names, and prints what is loaded then.
LOAD_PLUGIN = """
import importlib, json, sys
from connsim import pytest_plugin
for name in pytest_plugin.FIXTURE_MODULES + pytest_plugin.STEP_MODULES:
    importlib.import_module(name)
print(json.dumps(sorted(sys.modules)))
"""


def typed() -> dict[str, str]:
    """Return the names that type checkers see, each with its origin, in the form of ``_HOMES``."""
    (block,) = (
        node
        for node in ast.parse(SOURCE).body
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    )
    return {
        alias.asname or alias.name: f"{node.module}:{alias.name}" if alias.asname else str(node.module)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_the_lists_agree() -> None:
    """Type checkers see the names that can be imported, from the same place and in alphabetical order."""
    shown = typed()

    assert {*connsim.__all__} - {"__version__"} == {*shown}
    assert {name: HOMES.get(name, "connsim.errors") for name in shown} == shown
    assert {*HOMES} <= {*shown}, "These names of _HOMES are not public. Take them off, or show them."
    assert [*HOMES] == sorted(HOMES)


@pytest.mark.parametrize("name", connsim.__all__)
def test_a_public_name_loads(name: str) -> None:
    """Every public name can be loaded, and is the object that its home defines."""
    value = getattr(connsim, name)

    if name != "__version__":
        module, _, own = HOMES.get(name, "connsim.errors").partition(":")
        assert value is getattr(import_module(module), own or name)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Wrold", r"no public name 'Wrold'\. Did you mean 'World'\? Expected one of: AgencySettings, "),
        ("unused_script", r"no public name 'unused_script'\. Did you mean 'UnusedScript'\? Expected"),
        ("Qqq", r"no public name 'Qqq'\. Expected one of"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(name: str, message: str) -> None:
    """The error for a name that is not public suggests the nearest public one."""
    with pytest.raises(AttributeError, match=message):
        getattr(connsim, name)


def test_the_plugin_is_light() -> None:
    """The plugin with all its fixtures and sentences loads no world: every pytest run of the environment imports it."""
    run = subprocess.run([sys.executable, "-c", LOAD_PLUGIN], capture_output=True, text=True, check=True)

    loaded: list[str] = json.loads(run.stdout)
    named = {"connsim.pytest_plugin", "connsim.fixtures", "connsim.steps"}
    named.update(pytest_plugin.FIXTURE_MODULES, pytest_plugin.STEP_MODULES)
    assert {name for name in loaded if name.partition(".")[0] == "connsim"} - named == LIGHT
    assert [name for name in HEAVY if name in loaded] == []


@pytest.mark.parametrize("name", testing.__all__)
def test_the_former_face_is_an_alias(name: str) -> None:
    """`connsim.testing` offers the same objects for one more release, the settings also under their former names."""
    now = {"Settings": "CloudAgentSettings", "P1Settings": "EarlySettings"}.get(name, name)

    assert getattr(testing, name) is getattr(connsim, now)
