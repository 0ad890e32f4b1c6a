"""What can be wrong with bytes that somebody sent.

    Unreadable           a ValueError; its text says what was wrong, for the journal
    ├── BadKey           a verkey, DID or seed that is none
    ├── CannotOpen       an envelope that is damaged, or closed for another key
    │   └── NoKey        a packed message that names no recipient whose key is at hand
    ├── BadNotation      bytes that are no msgpack or JSON, or no bundle of messages
    └── BadMessage       a message that nobody knows, or with wrong members

The kinds are apart because the real programs tell them apart: libvcx has the numbers 1080, 1073, 1019 and 1016 for
the last four.
"""


class Unreadable(ValueError):
    """Something that came in cannot be read; nothing has happened because of it."""


class BadKey(Unreadable):
    """A verkey, a DID or a seed has the wrong form."""


class CannotOpen(Unreadable):
    """An envelope does not open."""


class NoKey(CannotOpen):
    """None of the recipients of a packed message is known here."""


class BadNotation(Unreadable):
    """Bytes are not in the notation that was expected of them."""


class BadMessage(Unreadable):
    """A message is unknown, or one of its members is missing or of the wrong kind."""
