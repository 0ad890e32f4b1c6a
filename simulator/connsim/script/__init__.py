"""Who plays what: sequences of states, behaviours, and which of them a new connection plays."""
