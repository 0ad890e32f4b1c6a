"""The fake PRISM agent, today Hyperledger Identus Cloud Agent: connections only."""
