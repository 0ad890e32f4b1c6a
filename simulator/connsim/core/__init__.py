"""What everything stands on: the clock, durations, seeded chance, HTTP as values, and tables of states."""
