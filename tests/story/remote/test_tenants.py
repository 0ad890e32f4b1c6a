"""The tenants of one simulator do not affect each other, however many there are."""

import asyncio
import re
import socket
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import httpx
import pytest

from connsim import ControlClient, Misuse, NotFound
from connsim.clients.agency_http import open_agency_client
from connsim.clients.vcx_flow import VcxFlow
from connsim.core.seed import Seed
from connsim.journal.entries import Entry, Exchange
from connsim.journal.query import Query
from tests.conftest import Serving
from tests.story.remote.conftest import ALL, Served

MANY = 50
GUARD = 30  # seconds; stops a test that hangs


def test_fifty_tenants_at_once_share_nothing(served: Served, control: ControlClient) -> None:
    """Each tenant has its own script, clock and journal; with one seed the bytes are equal, with another different."""
    tenants = [control.add_tenant(f"bank-{number}", seed=f"seed-{number % 2}") for number in range(MANY)]
    views = [ControlClient(control.url + tenant.path) for tenant in tenants]
    for number, view in enumerate(views):
        view.script("accepts after 90 seconds" if number % 3 else "never responds", "prism-inviter")

    seen = asyncio.run(_connect_all([str(tenant.prism) for tenant in tenants], views))

    assert seen == ["ConnectionResponseSent" if number % 3 else "InvitationGenerated" for number in range(MANY)]
    journals = ["".join(view.lines(real=False)) for view in views]
    alike = {(n % 2, n % 3 > 0): set[str]() for n in range(6)}
    for number, journal in enumerate(journals):
        assert f'"tenant": "bank-{number}"' in journal
        alike[number % 2, number % 3 > 0].add(_anonymous(journal))
    assert [len(journals) for journals in alike.values()] == [1] * 4
    assert len(set.union(*alike.values())) == 4
    assert control.journal() == []
    for tenant in tenants:
        control.remove_tenant(tenant.name)
    assert control.tenants() == []


async def _connect_all(urls: list[str], views: list[ControlClient]) -> list[str]:
    """Make an invitation and poll as a client of each tenant, concurrently, and advance each clock differently."""

    async def connect(number: int) -> str:
        async with aiohttp.ClientSession(headers={"apikey": "k"}, skip_auto_headers=["User-Agent"]) as http:
            async with http.post(f"{urls[number]}/connections", json={"label": "x"}) as made:
                id_ = (await made.json())["connectionId"]
            for _ in range(5):
                async with http.get(f"{urls[number]}/connections/{id_}") as shown:
                    assert (await shown.json())["state"] == "InvitationGenerated"
            await asyncio.to_thread(views[number].advance, "100 seconds")
            async with http.get(f"{urls[number]}/connections/{id_}") as shown:
                return str((await shown.json())["state"])

    return list(await asyncio.gather(*map(connect, range(len(urls)))))


def _anonymous(journal: str) -> str:
    """Return a journal without the tenant's name."""
    return re.sub(r'"tenant": "[^"]*"', "", journal)


def clients(entries: list[Entry]) -> list[str]:
    """Return the clients of the exchanges."""
    return [entry.client for entry in entries if isinstance(entry, Exchange)]


def test_a_tenant_may_be_selected_by_its_key(served: Served, control: ControlClient) -> None:
    """A client whose base URL cannot have a path reaches the tenant by its API key."""
    control.add_tenant("bank", keys=["bank-key"])
    url = served["prism"]["url"]
    for key in ("bank-key", "another"):
        assert httpx.post(f"{url}/connections", json={}, headers={"apikey": key}).status_code == 201

    with ControlClient(f"{control.url}/t/bank") as bank:
        assert clients(bank.journal(Query(kind="exchange"))) == ["bank-key"]
    assert clients(control.journal(Query(kind="exchange"))) == ["another"]


def test_a_tenant_has_an_agency_of_its_own(served: Served, control: ControlClient) -> None:
    """A tenant's clients provision themselves at its agency, its links lead there, and its holders accept there."""
    tenant = control.add_tenant("bank", seed="bank")
    with ControlClient(control.url + tenant.path) as bank:
        bank.script("accepts", "vcx-holder")
        with open_agency_client(str(tenant.agency), Seed("remote"), "issuer") as client:
            flow = VcxFlow(client)
            offer = flow.connect("Faber", phone="+15550100")
            [sms] = bank.messages()
            assert httpx.get(sms.link).json()["connReqId"] == offer.id
            bank.advance("2s")
            assert flow.wait(offer, expiry=0).state == "Accepted"
        assert client.agency.did == bank.world().agency.did != served["agency"]["did"]
    assert control.messages() == []


def test_deleting_a_tenant_closes_its_connections(served: Served, control: ControlClient) -> None:
    """If a tenant is deleted, a waiting client loses its connection, and the path leads to the first world again."""
    tenant = control.add_tenant("bank")
    with ControlClient(control.url + tenant.path) as bank, httpx.Client(headers={"apikey": "k"}) as http:
        bank.script("agent-hangs", "prism-inviter")
        made = http.post(f"{tenant.prism}/connections", json={}).json()["connectionId"]

        address = urlsplit(str(tenant.prism))
        with socket.create_connection((address.hostname, address.port or 0), timeout=GUARD) as client:
            client.sendall(f"GET {address.path}/connections/{made} HTTP/1.1\r\nHost: x\r\napikey: k\r\n\r\n".encode())
            while not bank.journal(Query(open=True)):
                pass
            control.remove_tenant("bank")
            assert client.recv(1) == b""

        assert http.get(f"{tenant.prism}/connections").status_code == 404
        with pytest.raises(NotFound, match="There is no tenant 'bank'"):
            control.remove_tenant("bank")
        with pytest.raises(NotFound):
            bank.clock()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": "a/b"}, "'a/b' cannot be the name of a tenant"),
        ({"name": "first"}, "There is a tenant 'first' already"),
        ({"clock": "fast"}, "The clock 'fast' is unknown. Expected running, standing, or per-poll"),
        ({"keys": ["k"]}, "The API key 'k' is the tenant 'first''s"),
    ],
)
def test_invalid_tenants_are_refused(control: ControlClient, given: dict[str, Any], message: str) -> None:
    """A refused tenant is refused with the reason, and nothing changes for the others."""
    control.add_tenant("first", keys=["k"])

    with pytest.raises(Misuse, match=message):
        control.add_tenant(**given)

    assert [tenant.name for tenant in control.tenants()] == ["first"]


def test_tenants_serve_what_is_served(
    serving: Serving,
) -> None:
    """Where a port is off, tenants have no address for it."""
    with serving("--control-port", "0") as (_, announced), ControlClient(announced["control"]["url"]) as control:
        tenant = control.add_tenant()

        assert (tenant.prism, tenant.agency) == (None, None)
    assert "--agency-port" in ALL
