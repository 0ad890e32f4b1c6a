"""A world inside a running `connsim serve`, controlled by tests in this process."""
