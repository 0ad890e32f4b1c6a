"""The shop's own sentences, in a package of the same name as connsim's folder."""
