"""Clients that third-party generators make from the agents' documents work with the fakes as with the real agents."""

from collections.abc import Callable
from typing import Any, NamedTuple

import httpx
import pytest

from tests.conftest import Serving

Run = Callable[..., Any]


class Version(NamedTuple):
    """An agent, and the clients of its time.

    Attributes:
        environment: The environment in which the clients are made and run.
        published: The file with the document that the makers of the real agent published.
        served: The path of the document below the agent's address.
    """

    name: str
    environment: str
    published: str
    served: str


EARLY = Version("2023", "prism-2023", "prism-agent-2023.yaml", "/api/openapi-spec.yaml")
CLOUD_AGENT = Version("1.40.0", "cloud-agent-1.40", "identus-cloud-agent-1.40.yaml", "/docs/docs.yaml")

KEYS = {"ISSUER_APIKEY": "issuer", "HOLDER_APIKEY": "holder"}


@pytest.fixture(params=["published", "served"])
def source(request: pytest.FixtureRequest) -> str:
    """The origin of the document from which the client is generated: the real agent, or the fake that serves it."""
    return str(request.param)


@pytest.fixture
def play(source: str, serving: Serving, drive: Run, published: Callable[[str], str]) -> Run:
    """Return a function that runs a driver on a generated client, against a new fake."""

    def run(version: Version, driver: str, *options: str) -> Any:
        with serving("--prism-port", "0", "--control-port", "0", "--clock", "per-poll:1s", *options) as (_, announced):
            url = announced["prism"]["urls"][version.name]
            if source == "published":
                document = published(version.published)
            else:
                headers = {"apikey": KEYS["ISSUER_APIKEY"]}
                document = httpx.get(url + version.served, headers=headers).raise_for_status().text
            variables = {"ISSUER_URL": url, "HOLDER_URL": url, "CONTROL_URL": announced["control"]["url"], **KEYS}
            return drive(driver, version.environment, document, variables)

    return run


def test_the_notebook_connects_by_a_client_of_1_40(play: Run) -> None:
    """With a client of a current generator, Cloud Agent 1.40 answers every step as its document says."""
    results = play(CLOUD_AGENT, "notebook_1_40.py")

    (issued, accepted), (inviter, invitee) = results["first"], results["last"]
    assert (issued["state"], accepted["state"]) == ("InvitationGenerated", "ConnectionRequestPending")
    assert_connected(results["seen"])
    assert (inviter["role"], inviter["label"], inviter["goal"]) == ("Inviter", issued["label"], "To show it")
    assert (invitee["role"], "label" in invitee, invitee["goal"]) == ("Invitee", False, "To show it")
    assert (inviter["myDid"], inviter["theirDid"]) == (invitee["theirDid"], invitee["myDid"])
    assert inviter["myDid"] == issued["invitation"]["from"]
    assert {inviter["thid"], invitee["thid"]} == {issued["connectionId"]}
    assert not {"myDid", "theirDid", "updatedAt"} & issued.keys()
    assert results["in order"]


def test_lists_are_complete_for_a_client_of_1_40(play: Run) -> None:
    """Cloud Agent 1.40 lists in the order of creation, ignores paging, and filters by thread."""
    results = play(CLOUD_AGENT, "notebook_1_40.py")

    everything, paged, ours, theirs, nothing = results["pages"]
    assert results["slice"] == ["Connect 2024-11-05 12:00:00", "0", "1"]
    assert len(everything) == 5
    assert paged == everything
    assert ours == theirs == everything[:1]
    assert nothing == []


def test_refusals_reach_a_client_of_1_40(play: Run, source: str) -> None:
    """Refusals of Cloud Agent 1.40 are the errors of its document; where it has gaps, clients raise exceptions."""
    results = play(CLOUD_AGENT, "refusals_1_40.py")

    real = source == "published"
    assert results == {
        "missing id": "404 error:ConnectionServiceError:RecordIdNotFound",
        "other wallet's id": "404 error:ConnectionServiceError:RecordIdNotFound",
        "id that is none": "400 error:RequestBodyDecodingFailure",
        "bad offset": "400 error:RequestBodyDecodingFailure",
        "label too long": "400 error:ConnectionServiceError:UserInputValidationError",
        "label a number": "400 error:RequestBodyDecodingFailure",
        "accepted again": "400 error:ConnectionServiceError:InvitationAlreadyReceived",
        "own invitation": "400 error:ConnectionServiceError:InvitationAlreadyReceived",
        "whole URL": "500 error:InternalServerError",
        "no JSON": "400 error:ConnectionServiceError:InvitationParsingError",
        "no key": "500 error:InternalServerError",
        "HTML only": "UnexpectedStatus: Unexpected status code: 406" if real else "NoneType",
        "accepted too late": "Connection",
        "expired": [
            "Connection",
            "ValueError: 'InvitationExpired' is not a valid ConnectionState" if real else "Connection",
        ],
    }


def test_events_and_system_for_a_client_of_1_40(play: Run) -> None:
    """Health, metrics and the one webhook of a wallet are as the document of Cloud Agent 1.40 says."""
    results = play(CLOUD_AGENT, "events_1_40.py")

    assert results["health"] == {"version": "1.40.0"}
    assert results["none"] == {
        "self": "/events/webhooks",
        "kind": "WebhookNotificationPage",
        "pageOf": "/events/webhooks",
    } | {"contents": []}
    assert results["registered"] == results["registered"] | {
        "url": "http://127.0.0.1:9/hook",
        "customHeaders": {"x-secret": "s"},
    }
    assert results["listed"]["contents"] == [results["registered"]]
    assert [results[step] for step in ("second", "no URL", "listed for nobody", "registered for nobody")] == [
        "422 error:WalletManagementServiceError:TooManyWebhookError",
        "400 BadRequest",
        "401 error:AuthenticationError:InvalidCredentials",
        "500 error:InternalServerError",
    ]
    assert (results["deleted"], results["deleted again"]) == ("", "500 error:InternalServerError")
    assert isinstance(results["metrics"], str)


def test_the_notebook_connects_by_a_client_of_2023(play: Run) -> None:
    """The client of the notebook of early 2023 works with prism-agent of that time."""
    results = play(EARLY, "notebook_2023.py", "--gateway-keys", ",".join(KEYS.values()))

    (issued, accepted), (inviter, invitee) = results["first"], results["last"]
    assert (issued["state"], accepted["state"]) == ("InvitationGenerated", "ConnectionRequestPending")
    assert_connected(results["seen"])
    assert (inviter["role"], inviter["label"]) == ("Inviter", "Connect 2023-03-02 12:00:00")
    assert (invitee["role"], "label" in invitee) == ("Invitee", False)
    assert (inviter["myDid"], inviter["theirDid"]) == (invitee["theirDid"], invitee["myDid"])
    assert inviter["myDid"] == issued["invitation"]["from"]
    assert (inviter["self"], inviter["kind"]) == ("Connection", f"/connections/{issued['connectionId']}")
    assert not {"myDid", "theirDid", "updatedAt"} & issued.keys()
    assert issued["invitation"]["invitationUrl"].startswith("https://domain.com/path?_oob=")
    assert [len(page) for page in results["slices"]] == [3, 1]
    assert results["lists"] == [
        {"self": "/collections", "kind": "Collection", "contents": 5},
        {"self": "/collections", "kind": "Collection", "contents": 1},
    ]


def test_refusals_reach_a_client_of_2023(play: Run, source: str) -> None:
    """The document of prism-agent lacks most of its refusals, so the client returns ``None`` or raises an exception."""
    results = play(EARLY, "refusals_2023.py", "--gateway-keys", ",".join(KEYS.values()))

    real = source == "published"
    uuid = "Error parsing string as UUID: Invalid UUID string: abc"
    length = "org.postgresql.util.PSQLException: ERROR: value too long for type character varying(255)"
    parsing = "InvitationParsingError(io.circe.ParsingFailure: expected json value got 'hello' (line 1, column 1))"
    assert results == {
        "thread": results["thread"],
        "missing id": "404 Resource not found: Connection record not found",
        "other agent's id": "404 Resource not found: Connection record not found",
        "id that is none": "None, and the status was 422" if real else f"422 error-title: {uuid}",
        "label too long": "None, and the status was 500" if real else f"500 error-title: RepositoryError({length})",
        "label a number": "None, and the status was 400",
        "accepted again": f"500 error-title: InvitationAlreadyReceived({results['thread']})",
        "whole URL": "JSONDecodeError",  # its 500 is plain text
        "no JSON": f"500 error-title: {parsing}",
        "no key": "None, and the status was 401",
        "wrong key": "None, and the status was 401",
        "HTML only": "None, and the status was 406",
    }


def assert_connected(seen: list[list[str]]) -> None:
    """Assert that both sides reached the last state in the protocol's order; a poller may miss states."""
    ways = (
        ("InvitationGenerated", "ConnectionRequestReceived", "ConnectionResponsePending", "ConnectionResponseSent"),
        ("ConnectionRequestPending", "ConnectionRequestSent", "ConnectionResponseReceived"),
    )
    for way, states in zip(ways, zip(*seen, strict=True), strict=True):
        steps = [way.index(state) for state in states]
        assert steps == sorted(steps), states
        assert states[-1] == way[-1]
