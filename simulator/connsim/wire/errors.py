"""What can be wrong with received bytes.

    Unreadable           a ValueError whose text explains the problem, for the journal
    ├── BadKey           a malformed verkey, DID or seed
    ├── CannotOpen       an envelope that is damaged, or closed for another key
    │   └── NoKey        a packed message for recipients whose keys are not held here
    ├── BadNotation      bytes that are not msgpack or JSON, or not a bundle of messages
    └── BadMessage       an unknown message, or one with wrong members

The kinds are distinguished because libvcx distinguishes them: its codes for the last four are 1080, 1073, 1019 and
1016.
"""


class Unreadable(ValueError):
    """Received bytes cannot be read; they have had no effect."""


class BadKey(Unreadable):
    """A verkey, a DID or a seed has the wrong form."""


class CannotOpen(Unreadable):
    """An envelope does not open."""


class NoKey(CannotOpen):
    """The key of none of a packed message's recipients is held here."""


class BadNotation(Unreadable):
    """Bytes are not in the expected notation."""


class BadMessage(Unreadable):
    """A message is unknown, or one of its members is missing or of the wrong kind."""
