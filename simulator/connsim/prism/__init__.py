"""The fake PRISM agent (today Hyperledger Identus Cloud Agent): its connections and webhooks."""
