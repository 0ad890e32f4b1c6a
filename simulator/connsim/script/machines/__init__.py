"""The state machines that scripts must keep to, as tables: one module for each protocol."""
