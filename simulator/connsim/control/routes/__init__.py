"""The routes of the control API, one module per noun."""
