"""The foundation of all rooms: the clock, durations, seeded random values, HTTP as values, and tables of states."""
