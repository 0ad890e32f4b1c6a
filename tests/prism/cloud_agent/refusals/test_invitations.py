"""Which invitations the agent refuses."""

import json
from base64 import b64encode
from typing import Any

import pytest

from connsim import World
from tests.prism.cloud_agent.refusals.conftest import (
    DID,
    KEY,
    OTHER,
    TYPE,
    UUID,
    accept,
    ask,
    create,
    everything,
    internal,
    payload,
    payload_of,
    shown,
)


class TestInvitationsRefused:
    """4.7: invitations that the wallet already has, or that cannot be shown."""

    REUSED = "The provided invitation has already been used: invitationId="

    def refuse(self, world: World, invitation: str, id_: str, headers: dict[str, str]) -> None:
        """Expect the invitation to be refused as already received."""
        before = everything(world)
        reply = accept(world, invitation, headers)
        answer = shown(reply)
        del answer["instance"]
        assert reply.status == 400
        assert answer == {
            "status": 400,
            "type": "error:ConnectionServiceError:InvitationAlreadyReceived",
            "title": "Invitation Already Received",
            "detail": self.REUSED + id_,
        }
        assert everything(world) == before

    def test_twice_by_one_wallet(self) -> None:
        """A wallet accepts an invitation once, whether the connection is pending or established."""
        world = World()
        made = create(world)
        assert accept(world, payload_of(made), OTHER).status == 200
        self.refuse(world, payload_of(made), made["thid"], OTHER)
        world.advance("1h")
        self.refuse(world, payload_of(made).rstrip("="), made["thid"], OTHER)

    def test_own_invitation(self) -> None:
        """A wallet does not accept its own invitation."""
        world = World()
        made = create(world)
        self.refuse(world, payload_of(made), made["thid"], KEY)

    def test_a_foreign_one_twice(self) -> None:
        """A foreign invitation is recognized by its id alone."""
        world = World()
        assert accept(world, payload()).status == 200
        self.refuse(world, payload(body={"goal": "other", "accept": []}), UUID, KEY)

    def test_the_same_in_another_wallet(self) -> None:
        """Another wallet can accept the same invitation with a 200; only its request is refused."""
        world = World()
        made = create(world)
        assert accept(world, payload_of(made), OTHER).status == 200
        assert accept(world, payload_of(made), {"apikey": "third"}).status == 200

    def test_expired(self) -> None:
        """Accepting an expired invitation is a 200: the invitee does not check its age."""
        world = World()
        made = create(world)
        world.advance("400 days")

        reply = accept(world, payload_of(made), OTHER)

        assert (reply.status, shown(reply)["state"]) == (200, "ConnectionRequestPending")

    @pytest.mark.parametrize("id_", ["abc", "", f"urn:uuid:{UUID}", "1-1-1-1"], ids=["word", "empty", "urn", "groups"])
    def test_id_that_is_no_uuid(self, id_: str) -> None:
        """Such an invitation is a 500, but stored: the wallet's listings fail from then on, and a retry is refused."""
        world = World()
        create(world)
        create(world, OTHER)
        reply = accept(world, payload(id=id_))
        assert (reply.status, shown(reply)["detail"]) == (500, internal("POST /connection-invitations"))

        poisoned = ask(world, "GET", "/connections?limit=1")
        assert (poisoned.status, shown(poisoned)["detail"]) == (500, internal("GET /connections?limit=1"))
        assert shown(accept(world, payload(id=id_)))["detail"] == self.REUSED + id_
        assert len(shown(ask(world, "GET", "/connections", headers=OTHER))["contents"]) == 1
        world.advance("2 minutes")
        assert ask(world, "GET", "/connections").status == 500
        world.check()  # a defect of the agent, not of the simulator

    def test_id_that_java_reads_as_a_uuid(self) -> None:
        """An id in short groups is a UUID for Java: shown in full, while the thread id stays as it was sent."""
        world = World()
        answer = shown(accept(world, payload(id="1-2-3-4-5")))

        assert answer["invitation"]["id"] == "00000001-0002-0003-0004-000000000005"
        assert answer["thid"] == "1-2-3-4-5"

    @pytest.mark.parametrize("padding", ["as-made", "dropped"])
    def test_padding_is_optional(self, padding: str) -> None:
        """Base64url is accepted with and without padding."""
        text = payload(id=UUID, body={"goal": "x" * 10, "accept": []})
        assert text.endswith("=")
        assert accept(World(), text if padding == "as-made" else text.rstrip("=")).status == 200

    def test_standard_base64_is_accepted_where_it_is_the_same(self) -> None:
        """Standard base64 is a 500 only if it has one of the two characters that differ."""
        text = json.dumps({"id": UUID, "type": TYPE, "from": DID, "body": {"goal": "~~~???", "accept": []}})
        same, other = b64encode(text.replace("~", "a").replace("?", "a").encode()), b64encode(text.encode())
        assert (b"+" in other or b"/" in other, b"+" in same or b"/" in same) == (True, False)
        assert accept(World(), same.decode()).status == 200
        assert accept(World(), other.decode()).status == 500


@pytest.mark.parametrize("member", ["label", "goalCode", "goal"])
def test_nul(member: str) -> None:
    """A NUL cannot be stored, so the request is a 500 without effect. Deduced."""
    world = World()
    before = everything(world)
    assert ask(world, "POST", "/connections", b'{"%b":"a\\u0000b"}' % member.encode()).status == 500
    assert everything(world) == before


@pytest.mark.parametrize("changed", [{"id": "\0"}, {"body": {"goal": "\0", "accept": []}}], ids=["id", "goal"])
def test_nul_in_an_invitation(changed: dict[str, Any]) -> None:
    """A NUL cannot be stored on the invitee's side either. Deduced."""
    world = World()
    before = everything(world)
    assert accept(world, payload(**changed)).status == 500
    assert everything(world) == before
