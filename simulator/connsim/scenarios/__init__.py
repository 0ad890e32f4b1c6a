"""Scenario files: behaviours, rules of selection and settings of the world in YAML, checked with line and column."""
