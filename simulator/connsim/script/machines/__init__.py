"""The state machines that scripts must keep to, one table a module: who can do what, and what follows from it."""
