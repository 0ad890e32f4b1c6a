"""Scenario files: behaviours, rules of selection and settings of the world, written by people as YAML. Pure."""
