"""Schemathesis sends what the agents' documents allow and forbid, and finds only known traits of the real agents.

``CONNSIM_EXAMPLES=400`` makes the run longer; its requests are kept in several hundred megabytes of temporary files.
"""

import base64
import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.conftest import Serving

HERE = Path(__file__).parent
GUARD = 1800  # seconds; stops a test that hangs, and is not an expectation
EXAMPLES = os.environ.get("CONNSIM_EXAMPLES", "100")


class Finding(NamedTuple):
    """A check that failed, with its request and its reply.

    Attributes:
        operation: The operation of the document, such as ``GET /connections/{connectionId}``.
        kind: The ``type`` of the agent's problem, or a name for the answer.
    """

    check: str
    operation: str
    said: str
    request: str
    key: str | None
    body: bytes
    status: int
    kind: str
    reply: bytes


class Trait(NamedTuple):
    """A finding that is not a defect, because the real agent does the same.

    Attributes:
        check: A pattern, as are ``operation`` and ``kind``.
        when: Whether the reason applies to the request.
        rare: Random examples may not lead to it.
    """

    why: str
    check: str
    operation: str
    status: int
    kind: str
    when: Callable[[Finding], bool] = lambda _: True
    rare: bool = False

    def explains(self, found: Finding) -> bool:
        """Return whether this finding is an instance of the trait."""
        return (
            found.status == self.status
            and re.fullmatch(self.kind, found.kind) is not None
            and re.fullmatch(self.check, found.check) is not None
            and re.fullmatch(self.operation, found.operation) is not None
            and self.when(found)
        )


def without_key(found: Finding) -> bool:
    """Return whether the key is missing or empty."""
    return not found.key


def with_null(found: Finding) -> bool:
    """Return whether a member that must be text is ``null``, and nothing else is wrong."""
    members = [_members(found).get(name) for name in TEXTS]
    return None in members and all(isinstance(member, str | None) for member in members)


def with_nul(found: Finding) -> bool:
    """Return whether a text has the character NUL."""
    return any("\0" in str(_members(found).get(name)) for name in TEXTS)


def too_long(found: Finding) -> bool:
    """Return whether a text has more than 255 characters."""
    return any(len(str(_members(found).get(name))) > 255 for name in TEXTS)


def without_base64url(found: Finding) -> bool:
    """Return whether the invitation is not base64url."""
    return not BASE64URL.fullmatch(str(_members(found).get("invitation")))


def with_other_type(found: Finding) -> bool:
    """Return whether the invitation is readable, and of another type than out-of-band 2.0."""
    text = str(_members(found).get("invitation"))
    if not BASE64URL.fullmatch(text):
        return False
    kind = _object(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))).get("type")
    return kind not in (None, "https://didcomm.org/out-of-band/2.0/invitation")


def _members(found: Finding) -> dict[str, Any]:
    return _object(found.body)


def _object(text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


BASE64URL = re.compile("([A-Za-z0-9_-]{4})*([A-Za-z0-9_-]{2}(==)?|[A-Za-z0-9_-]{3}=?)?")
TEXTS = ("label", "goalCode", "goal")
INVITED = "POST /connection-invitations"
NO_PATH = "error:ResourcePathNotFound"
FAILED = "error:InternalServerError"
THROWN = "There was an internal server error."
SERVICE = "error:ConnectionServiceError"
# The names of checks, by what they find.
ACCEPTED, REFUSED, SERVER_ERROR = "negative_data_rejection", "positive_data_acceptance", "not_a_server_error"

CLOUD_AGENT = (
    Trait("A wrong method is an unknown path: 404, never 405.", "unsupported_method", ".*", 404, NO_PATH),
    Trait(
        "Routes that do not emit a 401 answer 500 to a missing key.",
        "ignored_auth|missing_required_header|not_a_server_error",
        "(GET|POST) /connection.*|POST /events/webhooks",
        500,
        FAILED,
        without_key,
    ),
    Trait("An unknown key opens a new wallet.", "ignored_auth", "GET /events/webhooks", 200, "WebhookNotificationPage"),
    Trait("The decoder of base64url throws.", SERVER_ERROR, INVITED, 500, FAILED, without_base64url),
    Trait("A check of the invitation's type throws.", SERVER_ERROR, INVITED, 500, FAILED, with_other_type),
    Trait("The database holds no text with NUL.", SERVER_ERROR, "POST /connections", 500, FAILED, with_nul),
    Trait("Not every base64url is an invitation.", REFUSED, INVITED, 400, f"{SERVICE}:InvitationParsingError"),
    Trait(
        "An invitation can be accepted once.", REFUSED, INVITED, 400, f"{SERVICE}:InvitationAlreadyReceived", rare=True
    ),
    Trait("null is as good as absent.", ACCEPTED, "POST /connections", 201, "Connection", with_null),
    Trait("Not every text is a URL.", REFUSED, "POST /events/webhooks", 400, "BadRequest"),
    Trait(
        "A wallet holds one webhook.",
        REFUSED,
        "POST /events/webhooks",
        422,
        "error:WalletManagementServiceError:TooManyWebhookError",
    ),
    Trait("Removing must remove something.", f"{SERVER_ERROR}|ignored_auth", "DELETE /events/webhooks/.*", 500, FAILED),
)
EARLY = (
    Trait(
        "Only the methods of HTTP are read.",
        "unsupported_method|not_a_server_error",
        ".*",
        501,
        "Unsupported HTTP method",
    ),
    Trait("The decoder of base64url throws.", SERVER_ERROR, INVITED, 500, THROWN, without_base64url),
    Trait("A check of the invitation's type throws.", SERVER_ERROR, INVITED, 500, THROWN, with_other_type),
    Trait(
        "Not every base64url is an invitation.",
        SERVER_ERROR,
        INVITED,
        500,
        "error-type",
        lambda found: b'"InvitationParsingError(' in found.reply,
    ),
    Trait(
        "An invitation can be accepted once.",
        SERVER_ERROR,
        INVITED,
        500,
        "error-type",
        lambda found: b'"InvitationAlreadyReceived(' in found.reply,
        rare=True,
    ),
    Trait("The database holds no text with NUL.", SERVER_ERROR, "POST /connections", 500, "error-type", with_nul),
    Trait("The column has 255 characters.", SERVER_ERROR, "POST /connections", 500, "error-type", too_long),
    Trait("null is as good as absent.", ACCEPTED, "POST /connections", 201, "Connection", with_null),
    Trait("Not every text is a UUID.", REFUSED, "GET /connections/{connectionId}", 422, "InvalidPayload", rare=True),
    Trait(
        "Seconds that are zero are not printed, which no date-time of the standard allows.",
        "response_schema_conformance",
        "(GET|POST) /connection.*",
        200,
        "Connection|Collection",
        lambda found: re.search(r'"[\d-]+T\d\d:\d\dZ" is not a "date-time"', found.said) is not None,
    ),
)

TRAITS = {"2023": EARLY, "1.40.0": CLOUD_AGENT}
DOCUMENTS = {"2023": "/api/openapi-spec.yaml", "1.40.0": "/docs/docs.yaml"}


@pytest.fixture
def schemathesis(environment: Callable[[str], Path], tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Return a function that runs Schemathesis and returns its report; all requests are in ``sent.ndjson``."""

    def run(document: str, url: str, *options: str, hooks: str) -> dict[str, Any]:
        command = [str(environment("schemathesis") / "schemathesis"), "run", document, "--url", url, *options]
        command += ["--checks", "all", "--continue-on-failure", "--output-sanitize=false"]
        command += ["--seed=1", "--generation-deterministic", "--no-shrink", f"--max-examples={EXAMPLES}"]
        command += ["--report=json,ndjson", "--report-json-path=report.json", "--report-ndjson-path=sent.ndjson"]
        ended = subprocess.run(
            command,
            cwd=tmp_path,
            env={**os.environ, "SCHEMATHESIS_HOOKS": str(HERE / hooks)},
            capture_output=True,
            text=True,
            timeout=GUARD,
            check=False,
        )
        assert (tmp_path / "report.json").exists(), ended.stdout + ended.stderr
        report: dict[str, Any] = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
        return report

    return run


@pytest.mark.parametrize("version", ["2023", "1.40.0"])
def test_every_finding_is_a_trait_of_the_real_agent(
    version: str, serving: Serving, schemathesis: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    """Every finding is a trait of the real agent, and every trait is found."""
    with serving("--prism-port", "0", "--clock", "per-poll:1s") as (process, announced):
        url = announced["prism"]["urls"][version]
        report = schemathesis(url + DOCUMENTS[version], url, "--header", "apikey: k", hooks="schemathesis_hooks.py")
        process.terminate()
        _, complaints = process.communicate(timeout=GUARD)
    assert complaints == "", "connsim itself has complaints"

    assert (report["complete"], report["errors"]) == (True, [])
    assert report["operations"]["tested"] == report["operations"]["selected"]
    assert not report["warnings"]["missing_test_data"]

    traits = TRAITS[version]
    found = list(findings(tmp_path / "sent.ndjson"))
    unexplained = [finding for finding in found if not any(trait.explains(finding) for trait in traits)]
    if unexplained:
        kinds = {(finding.check, finding.operation, finding.status, finding.kind): finding for finding in unexplained}
        pytest.fail("\n\n".join(map(describe, kinds.values())), pytrace=False)
    sure = [trait for trait in traits if not trait.rare]
    unused = [trait.why for trait in sure if not any(trait.explains(finding) for finding in found)]
    assert not unused, "These traits are no longer found. Expected each. Remove their rows."


@pytest.mark.parametrize("token", [None, "s3cret"], ids=["open", "with a token"])
def test_nothing_is_found_in_the_control_api(
    token: str | None, serving: Serving, schemathesis: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    """As the control API is ours, no finding is acceptable: it follows its document, and refuses everything else."""
    ports = [argument for name in ("prism", "agency", "control") for argument in (f"--{name}-port", "0")]
    given, header = (
        ([], ()) if token is None else (["--control-token", token], ("--header", f"Authorization: Bearer {token}"))
    )
    with serving(*ports, "--clock", "standing", *given) as (process, announced):
        url = announced["control"]["url"]
        report = schemathesis(f"{url}/openapi.json", url, *header, hooks="control_hooks.py")
        process.terminate()
        _, complaints = process.communicate(timeout=GUARD)
    assert complaints == "", "connsim itself has complaints"

    assert (report["complete"], report["errors"]) == (True, [])
    assert report["operations"]["tested"] == report["operations"]["selected"]
    found = {
        (finding.check, finding.operation, finding.status): finding for finding in findings(tmp_path / "sent.ndjson")
    }
    assert not found, "\n\n".join(map(describe, found.values()))


def findings(sent: Path) -> Iterator[Finding]:
    """Yield every check that failed."""
    with sent.open(encoding="utf-8") as lines:
        for line in lines:
            recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
            for case, checks in recorder.get("checks", {}).items():
                for check in checks:
                    if check["status"] != "success":
                        yield _finding(check, recorder["interactions"][case])


def _finding(check: dict[str, Any], interaction: dict[str, Any]) -> Finding:
    request, response, failure = interaction["request"], interaction["response"], check["failure_info"]["failure"]
    reply = _bytes(response.get("content"))
    headers = {name.lower(): values[0] for name, values in request["headers"].items()}
    return Finding(
        check["name"],
        failure["operation"],
        f"{failure['title']}: {failure['message']}",
        f"{request['method']} {request['uri']}",
        headers.get("apikey"),
        _bytes(request.get("body")),
        response["status_code"],
        _kind(reply),
        reply,
    )


def _bytes(message: dict[str, str] | None) -> bytes:
    return base64.b64decode(message["$base64"]) if message else b""


def _kind(reply: bytes) -> str:
    problem = _object(reply)
    if "connectionId" in problem:
        return "Connection"
    return str(problem.get("type") or problem.get("kind") or reply.decode().partition("\n")[0])


def describe(found: Finding) -> str:
    """Return all that is known of a finding, as text."""
    return (
        f"{found.operation} is not as the document says ({found.check}).\n{found.said}\n"
        f"{found.request}\napikey: {found.key}\n{found.body!r}\n{found.status} {found.reply!r}\n"
        "Expected only what the table of traits explains. If the real agent does this too, add a row that says why."
    )
