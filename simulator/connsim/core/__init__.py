"""The foundation of all rooms: the clock, durations, seeded chance, HTTP as values, and tables of states."""
