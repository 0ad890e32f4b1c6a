"""The plugin, registered by name as an installation would."""

pytest_plugins = ["simulator.pytest_plugin"]
