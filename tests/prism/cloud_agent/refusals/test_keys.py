"""Which keys the agent accepts.

Sections are those of docs/protocol/prism-agent.md.
"""

from typing import Any

import pytest

from connsim import CloudAgentSettings, World
from tests.prism.cloud_agent.refusals.conftest import KEY, OTHER, UUID, accept, ask, create, internal, payload_of, shown


class TestKeys:
    """6.1 and 6.2: which keys are accepted."""

    def refusal(
        self, settings: CloudAgentSettings, headers: dict[str, str], target: str = "/connections"
    ) -> tuple[int, Any]:
        """Return the answer of an agent with these settings, and assert that it changes nothing."""
        world = World()
        world.prism.configure(settings)
        reply = ask(world, "GET", target, headers=headers)
        assert world.journal.transitions() == []
        answer = shown(reply)
        answer.pop("instance", None)
        return reply.status, answer

    @pytest.mark.parametrize(
        ("headers", "kind", "title", "detail"),
        [
            pytest.param({}, "InvalidCredentials", "Invalid Credentials", "ApiKey key is not provided", id="no-key"),
            pytest.param(
                {"apikey": ""},
                "ApiKeyAuthenticationError",
                "Api Key Authentication Error",
                "Empty `apikey` header provided",
                id="empty-key",
            ),
            pytest.param(
                {"apikey": "unknown"}, "InvalidCredentials", "Invalid Credentials", "Invalid API key", id="unknown-key"
            ),
        ],
    )
    @pytest.mark.parametrize("target", ["/connections", f"/connections/{UUID}"], ids=["list", "one"])
    def test_missing_and_unknown_keys(
        self, target: str, headers: dict[str, str], kind: str, title: str, detail: str
    ) -> None:
        """With the setting off, the 401 is sent as such; by default it becomes a 500 (6.2)."""
        fixed = CloudAgentSettings(auto_provisioning=False)
        expected = {"status": 401, "type": f"error:AuthenticationError:{kind}", "title": title, "detail": detail}

        assert self.refusal(CloudAgentSettings(auto_provisioning=False, hide_unauthorized=False), headers, target) == (
            401,
            expected,
        )
        status, hidden = self.refusal(fixed, headers, target)
        assert (status, hidden["type"]) == (500, "error:InternalServerError")
        assert hidden["detail"] == internal(f"GET {target}")

    def test_health_is_public(self) -> None:
        """Health needs no key, and shows only the version (2.5)."""
        world = World()
        world.prism.configure(CloudAgentSettings(auto_provisioning=False))
        reply = ask(world, "GET", "/_system/health", headers={})
        assert (reply.status, reply.body, reply.content_type) == (200, b'{"version":"1.40.0"}', "application/json")

    def test_unknown_key_makes_a_wallet(self) -> None:
        """An unknown key opens a new wallet, which stays its own (6.2)."""
        world = World()
        create(world)
        for key in ("never seen", "x", "default", "x" * 2_000):
            assert shown(ask(world, "GET", "/connections", headers={"apikey": key}))["contents"] == []
        create(world, {"apikey": "x"})
        assert len(shown(ask(world, "GET", "/connections", headers={"apikey": "x"}))["contents"]) == 1

    def test_fixed_keys(self) -> None:
        """Without provisioning, only the default key and the configured ones open wallets (6.2)."""
        world = World()
        world.prism.configure(CloudAgentSettings(auto_provisioning=False, default_key="first"))
        world.prism.cloud_agent.wallet("second")
        statuses = {
            key: ask(world, "GET", "/connections", headers={"apikey": key}).status
            for key in ("first", "second", "default", "third")
        }
        assert statuses == {"first": 200, "second": 200, "default": 500, "third": 500}

    @pytest.mark.parametrize(
        "headers", [{}, {"apikey": ""}, {"apikey": "a"}, {"apikey": "b"}], ids=["none", "empty", "one", "other"]
    )
    def test_keys_off(self, headers: dict[str, str]) -> None:
        """With keys off, every client uses the default wallet (6.2)."""
        world = World()
        world.prism.configure(CloudAgentSettings(api_key_enabled=False))
        made = create(world, {})
        assert ask(world, "GET", f"/connections/{made['connectionId']}", headers=headers).status == 200
        assert len(shown(ask(world, "GET", "/connections", headers=headers))["contents"]) == 1

    def test_any_key_is_the_default_user(self) -> None:
        """Authentication as the default user accepts any key but an empty one, and opens one wallet for all (6.2)."""
        world = World()
        world.prism.configure(CloudAgentSettings(authenticate_as_default_user=True))
        create(world, {"apikey": "a"})
        assert len(shown(ask(world, "GET", "/connections", headers={"apikey": "b"}))["contents"]) == 1
        assert [ask(world, "GET", "/connections", headers=h).status for h in ({}, {"apikey": ""})] == [500, 500]

    def test_foreign_connection(self) -> None:
        """Another wallet's connection is an ordinary 404, for the inviter's id and the invitee's (6.2)."""
        world = World()
        made = create(world)
        accepted = shown(accept(world, payload_of(made), OTHER))
        for id_, headers in ((made["connectionId"], OTHER), (accepted["connectionId"], KEY)):
            reply = ask(world, "GET", f"/connections/{id_}", headers=headers)
            assert (reply.status, shown(reply)["title"]) == (404, "Record Id Not Found")
            assert shown(reply)["detail"].endswith(f"recordId={id_}")

    def test_gateway_passes_its_keys(self) -> None:
        """A key of the gateway reaches the agent, where it opens a wallet (6.1)."""
        world = World()
        world.prism.configure(CloudAgentSettings(gateway_keys=frozenset(["right", "also right"])))
        create(world, {"apikey": "right"})
        assert len(shown(ask(world, "GET", "/connections", headers={"apikey": "right"}))["contents"]) == 1
        assert shown(ask(world, "GET", "/connections", headers={"apikey": "also right"}))["contents"] == []
