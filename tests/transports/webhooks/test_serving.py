"""The global receiver of ``connsim serve``."""

import httpx
import pytest

from connsim.cli.serving.options import Options, build_world
from connsim.errors import Misuse
from tests.conftest import Serving
from tests.transports.webhooks.conftest import INVITER, foreign_thread, until


@pytest.mark.parametrize("clock", ["running", "standing"])
def test_serve_delivers_to_the_global_receiver(serving: Serving, clock: str) -> None:
    """With `--webhook-url` every change is delivered once, however the clock is moved."""
    options = ("--prism-port", "0", "--control-port", "0", "--behaviour", "prism-inviter=accepts:1ms", "--clock", clock)
    with (
        foreign_thread() as (url, states),
        serving(*options, "--webhook-url", url, "--webhook-key", "secret") as (_, announced),
    ):
        httpx.post(f"{announced['prism']['url']}/connections", json={}, headers={"apikey": "k"})
        if clock == "standing":
            httpx.post(f"{announced['control']['url']}/clock/advance", json={"by": "24h"})
        until(lambda: len(states()) == 4)
        entries = httpx.get(f"{announced['control']['url']}/journal").json()["entries"]

    assert states() == INVITER
    tries = [(e["state"], e["attempt"], e["outcome"]) for e in entries if e["kind"] == "notification"]
    assert tries[:3] == [(state, 1, 200) for state in INVITER[:3]]


@pytest.mark.parametrize(
    ("options", "message"),
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
def test_serve_refuses_invalid_options(options: Options, message: str) -> None:
    """Invalid options are refused."""
    with pytest.raises(Misuse, match=message):
        build_world(options)
