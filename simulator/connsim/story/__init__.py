"""What tests and sentences need: the actors of a scenario, and what is expected of their clients."""
