"""The global receiver of ``connsim serve``."""

import httpx
import pytest

from connsim.cli.serving.options import Options, build_world
from connsim.errors import Misuse
from tests.conftest import Serving
from tests.transports.webhooks.conftest import INVITER, foreign_thread, until


@pytest.mark.parametrize("clock", ["running", "standing"])
def test_serve_tells_the_global_receiver(serving: Serving, clock: str) -> None:
    """With --webhook-url every change is told, once, whoever moves the clock and however far."""
    options = ("--prism-port", "0", "--control-port", "0", "--behaviour", "prism-inviter=accepts:1ms", "--clock", clock)
    with (
        foreign_thread() as (url, states),
        serving(*options, "--webhook-url", url, "--webhook-key", "secret") as (_, told),
    ):
        httpx.post(f"{told['prism']['url']}/connections", json={}, headers={"apikey": "k"})
        if clock == "standing":
            httpx.post(f"{told['control']['url']}/clock/advance", json={"by": "24h"})
        until(lambda: len(states()) == 4)
        entries = httpx.get(f"{told['control']['url']}/journal").json()["entries"]

    assert states() == INVITER
    tries = [(e["state"], e["attempt"], e["outcome"]) for e in entries if e["kind"] == "notification"]
    assert tries[:3] == [(state, 1, 200) for state in INVITER[:3]]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            Options(webhook_url="localhost:9095"),
            "--webhook-url localhost:9095 is not a URL. Expected http://",
        ),
        (
            Options(webhook_key="secret"),
            "--webhook-key was given without --webhook-url. Expected both: the key is the token for the receiver.",
        ),
    ],
)
def test_serve_refuses_what_leads_nowhere(options: Options, told: str) -> None:
    """Options that mean nothing are told."""
    with pytest.raises(Misuse, match=told):
        build_world(options)
