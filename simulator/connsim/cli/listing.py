"""The commands that list behaviours, state machines and magic values, as text or as JSON."""

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from connsim.control.routes.behaviours import behaviour_view, parameter, role_view
from connsim.errors import UnknownBehaviour, did_you_mean
from connsim.scenarios import files as scenario_files
from connsim.script import magic, roles
from connsim.script.behaviours import Behaviour
from connsim.script.roles import Role


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> list[argparse.ArgumentParser]:
    """Add the parsers of the commands. Their arguments hold, as ``text_of``, the function that makes the text."""
    behaviours = commands.add_parser(
        "behaviours",
        help="list the behaviours of the other side",
        epilog="Example: connsim behaviours prism-inviter --steps",
    )
    behaviours.add_argument("name", nargs="?", help="only this behaviour, or those of this role")
    behaviours.add_argument("--steps", action="store_true", help="with the steps, as a scenario file has them")
    behaviours.add_argument(
        "--scenarios",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="with those of this scenario file; may be repeated",
    )
    behaviours.set_defaults(text_of=_behaviours)
    states = commands.add_parser(
        "states", help="print the state machine of each role", epilog="Example: connsim states prism-invitee --diagram"
    )
    states.add_argument("role", nargs="?", help="only this role, such as prism-inviter")
    states.add_argument("--diagram", action="store_true", help="as a Mermaid diagram")
    states.set_defaults(text_of=_states)
    values = commands.add_parser(
        "magic",
        help="list the values by which a client itself selects what the other side does",
        epilog="Example: connsim magic --json",
    )
    values.set_defaults(text_of=_magic)
    for parser in (behaviours, states, values):
        parser.add_argument("--json", action="store_true", help="as JSON")
    return [behaviours, states, values]


# --- behaviours -------------------------------------------------------------------------------------------------------


def _behaviours(arguments: argparse.Namespace) -> str:
    scenarios = scenario_files.load(scenario_files.contents(arguments.scenarios))
    known = {behaviour.name: behaviour for behaviour in scenarios.catalogue}
    names = tuple(role.name for role in roles.all_roles())
    selected, played = _selected(arguments.name, known, names)
    if arguments.json:
        return _json([_members(behaviour, played) for behaviour in selected])
    return "\n".join(line for behaviour in selected for line in _lines(behaviour, played, steps=arguments.steps))


def _selected(
    name: str | None, known: dict[str, Behaviour], names: tuple[str, ...]
) -> tuple[list[Behaviour], tuple[str, ...]]:
    """Return the selected behaviours, and the roles to show them for."""
    if name is None:
        return list(known.values()), names
    if (hyphenated := "-".join(name.split())) in known:
        return [known[hyphenated]], names
    if name in names:  # the behaviours of the role, then those for which the catalogue says why it cannot play them
        shown = [behaviour for behaviour in known.values() if name in behaviour.roles]
        return [*shown, *(behaviour for behaviour in known.values() if name in behaviour.absent)], (name,)
    raise UnknownBehaviour(
        f"There is no behaviour and no role {name!r}.{did_you_mean(hyphenated, [*known, *names])} Expected a role "
        f"({', '.join(names)}) or a behaviour, one of: {', '.join(known)}."
    )


def _lines(behaviour: Behaviour, played: tuple[str, ...], *, steps: bool) -> Iterator[str]:
    shown = [role for role in behaviour.roles if role in played]
    has_parameter = any(behaviour.roles[role].open for role in shown)
    yield f"{behaviour.name} [after <duration>, else {parameter(behaviour)}]" if has_parameter else behaviour.name
    if shown:
        yield f"    roles: {', '.join(shown)}"
        yield from [f"    {behaviour.doc}"] if behaviour.doc else []
        yield from (f"    reported: {issue}" for issue in behaviour.issues)
    yield from (f"    not for {role}: {why}." for role, why in behaviour.absent.items() if role in played)
    for role in shown if steps else ():
        yield f"    {role}:"
        yield from (f"      - {_flow(row)}" for row in behaviour.roles[role].rows(roles.find(role).table))
    yield ""


def _flow(value: object) -> str:
    """Format a value as YAML, in one line."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name}: {_flow(member)}' for name, member in value.items())}}}"
    return str(value)


def _members(behaviour: Behaviour, played: tuple[str, ...]) -> dict[str, Any]:
    view = behaviour_view(behaviour)
    shown = {role: steps for role, steps in view.roles.items() if role in played}
    absent = {role: why for role, why in view.absent.items() if role in played}
    return asdict(replace(view, roles=shown, absent=absent))


# --- states -----------------------------------------------------------------------------------------------------------


def _states(arguments: argparse.Namespace) -> str:
    selected = [roles.find(arguments.role)] if arguments.role else roles.all_roles()
    if arguments.json:
        return _json([_role_members(role, diagram=arguments.diagram) for role in selected])
    return "\n".join(line for role in selected for line in _role_lines(role, diagram=arguments.diagram))


def _role_lines(role: Role, *, diagram: bool) -> Iterator[str]:
    yield f"{role.name}: {role.doc}"
    if diagram:
        yield role.table.diagram()
    for edge in () if diagram else role.table.edges:
        yield f"    {edge.source or '(new)'} -> {edge.target}"
        yield f"        {edge.event}, by the {edge.by}: {edge.why}"
    yield ""


def _role_members(role: Role, *, diagram: bool) -> dict[str, Any]:
    members = asdict(role_view(role))
    return members if diagram else {name: value for name, value in members.items() if name != "diagram"}


# --- magic values -----------------------------------------------------------------------------------------------------


def _magic(arguments: argparse.Namespace) -> str:
    if arguments.json:
        owners = [
            {"did": did, "agent_seed": magic.seed_of(behaviour), "behaviour": behaviour}
            for did, behaviour in magic.OWNERS.items()
        ]
        texts = {"prefix": magic.PREFIX, "texts": list(magic.TEXTS)}
        return _json(texts | {"phones": dict(magic.PHONES), "owners": owners})
    return "\n".join(_magic_lines())


def _magic_lines() -> Iterator[str]:
    yield f"A text that begins with {magic.PREFIX} selects behaviours, separated by commas: for the first connection of"
    yield "the client, the second, and so on; the last one is also for all later connections. The text may be the goal"
    yield "code or label of a PRISM invitation, the name of a VCX institution, or the label of an Aries invitation:"
    yield f"    {magic.PREFIX}refuses, accepts after 90s"
    yield ""
    yield "The holders behind these phone numbers (VCX):"
    yield from (f"    {phone}  {behaviour}" for phone, behaviour in magic.PHONES.items())
    yield ""
    yield "All holders of the owner whose wallet is provisioned with this agent_seed, and so has this DID (VCX, Aries):"
    for did, behaviour in magic.OWNERS.items():
        yield f"    {magic.seed_of(behaviour)}  {did:<22}  {behaviour}"


def _json(value: object) -> str:
    return json.dumps(value, indent=2)
