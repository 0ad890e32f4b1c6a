"""The shop's own simulator, in a package of the same name as the folder that connsim's sources are in."""
