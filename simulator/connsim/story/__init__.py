"""What tests and sentences need: a world to import, the actors of a scenario, and what is expected of them."""
