"""The OpenAPI documents, which describe what connsim answers."""
