"""The shop's own simulator, in a package of the same name as the folder of connsim's sources."""
