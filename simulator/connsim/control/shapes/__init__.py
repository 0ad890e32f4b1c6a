"""How the control API reads and writes JSON, and describes it."""
