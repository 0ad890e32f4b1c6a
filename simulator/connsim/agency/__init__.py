"""The VCX agency: its envelopes, its messages, and what it does with them."""
