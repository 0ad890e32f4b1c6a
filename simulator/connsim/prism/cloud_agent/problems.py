"""The error bodies of the REST API: one function per error, its class name as the agent spells it."""

from connsim.prism.problems import Problem


def path_not_found() -> Problem:
    """No such path, or a known path with another method: the agent never says 405."""
    return Problem(404, "ResourcePathNotFound", "The requested resource path doesn't exist.")


def not_decodable(path: str, details: str) -> Problem:
    """A path parameter, query parameter or body that does not decode."""
    return Problem(
        400,
        "RequestBodyDecodingFailure",
        f"An error occurred when decoding the request body: path=['{path}'], details=[{details}]",
    )


def internal(path: str) -> Problem:
    """Whatever is thrown in the agent's logic."""
    return Problem(
        500, "InternalServerError", f"An unexpected error occurred when processing the request: path=['{path}']"
    )


def too_long(errors: list[str]) -> Problem:
    """Members that are longer than they may be."""
    return Problem(
        400,
        "ConnectionServiceError:UserInputValidationError",
        f"The provided input failed validation: errors=[{'], ['.join(errors)}]",
    )


def unparsable_invitation(cause: str) -> Problem:
    """Base64url of something that is no invitation."""
    return Problem(
        400,
        "ConnectionServiceError:InvitationParsingError",
        f"An error occurred while parsing the invitation content: cause=[{cause}]",
    )


def already_received(invitation_id: str) -> Problem:
    """The wallet has a record of this thread already, as invitee or as the inviter itself."""
    return Problem(
        400,
        "ConnectionServiceError:InvitationAlreadyReceived",
        f"The provided invitation has already been used: invitationId={invitation_id}",
    )


def record_not_found(record_id: str) -> Problem:
    """The wallet has no such connection; another wallet may."""
    return Problem(
        404,
        "ConnectionServiceError:RecordIdNotFound",
        f"There is no connection record matching the provided identifier: recordId={record_id}",
    )


def unauthorized(key: str | None) -> Problem:
    """No key, an empty key, or one that opens no wallet; clients see it only where `hide_unauthorized` is off."""
    if key is None:
        return Problem(401, "AuthenticationError:InvalidCredentials", "ApiKey key is not provided")
    if not key:
        return Problem(401, "AuthenticationError:ApiKeyAuthenticationError", "Empty `apikey` header provided")
    return Problem(401, "AuthenticationError:InvalidCredentials", "Invalid API key")
