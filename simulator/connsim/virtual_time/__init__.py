"""Virtual time for client code: what it reads of time is frozen, and its waiting moves the clock."""
