"""A world that lives in a running `connsim serve`, for tests that drive it from here."""
