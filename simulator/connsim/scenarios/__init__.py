"""Scenario files: behaviours, rules, faults and settings of a world in YAML, with errors by line and column."""
