"""The Aries connections of the stand-in: RFC 0160, as libvcx 0.9 plays it."""
