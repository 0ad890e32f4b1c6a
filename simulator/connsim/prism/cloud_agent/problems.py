"""The error bodies of the REST API: one row for each error, its class name as the agent spells it.

Source: docs/protocol/prism-agent.md, 5.2.
"""

from connsim.prism.problems import ProblemKind

# No such path, or a known path with another method: the agent never answers 405.
path_not_found = ProblemKind(404, "ResourcePathNotFound", "The requested resource path doesn't exist.")

# A path parameter, query parameter or body.
not_decodable = ProblemKind(
    400,
    "RequestBodyDecodingFailure",
    "An error occurred when decoding the request body: path=['{path}'], details=[{details}]",
)

# Any exception in the agent's logic.
internal = ProblemKind(
    500, "InternalServerError", "An unexpected error occurred when processing the request: path=['{path}']"
)

too_long = ProblemKind(
    400, "ConnectionServiceError:UserInputValidationError", "The provided input failed validation: errors=[{errors}]"
)
unparsable_invitation = ProblemKind(
    400,
    "ConnectionServiceError:InvitationParsingError",
    "An error occurred while parsing the invitation content: cause=[{cause}]",
)

# The wallet has a record of this thread, as invitee or as the inviter itself.
already_received = ProblemKind(
    400,
    "ConnectionServiceError:InvitationAlreadyReceived",
    "The provided invitation has already been used: invitationId={id}",
)

# Another wallet may have this connection.
record_not_found = ProblemKind(
    404,
    "ConnectionServiceError:RecordIdNotFound",
    "There is no connection record matching the provided identifier: recordId={id}",
)
too_many_webhooks = ProblemKind(
    422,
    "WalletManagementServiceError:TooManyWebhookError",
    "The maximum number of webhooks has been reached for the wallet: walletId={wallet}, limit=1",
)

# Clients see these only where `hide_unauthorized` is off.
no_key = ProblemKind(401, "AuthenticationError:InvalidCredentials", "ApiKey key is not provided")
empty_key = ProblemKind(401, "AuthenticationError:ApiKeyAuthenticationError", "Empty `apikey` header provided")
unknown_key = ProblemKind(401, "AuthenticationError:InvalidCredentials", "Invalid API key")
