"""The wire format of a VCX agency, shared by agency and clients: bytes, keys, envelopes and messages."""
