"""Version 1.40.0: Hyperledger Identus Cloud Agent, on tapir, http4s, zio-json and circe."""
