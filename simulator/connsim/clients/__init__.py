"""Example clients, and the plug points for clients under test."""
