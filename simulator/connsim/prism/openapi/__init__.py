"""The OpenAPI documents of what connsim answers."""
