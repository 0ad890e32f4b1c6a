"""The fake PRISM agent, today Hyperledger Identus Cloud Agent, with what it knows of connections and webhooks."""
