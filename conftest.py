"""The plugin, registered by name as an installation would."""

pytest_plugins = ["connsim.pytest_plugin"]
