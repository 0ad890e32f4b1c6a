"""Scripts: sequences of states, behaviours, and the selection of the one that a new connection plays."""
