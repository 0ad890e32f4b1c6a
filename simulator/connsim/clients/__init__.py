"""Example clients, and the plug points that clients under test are plugged into."""
