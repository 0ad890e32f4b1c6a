"""The version, where every room can read it: the package's face, which stands above them all, hands it on."""

VERSION = "0.1.0"
