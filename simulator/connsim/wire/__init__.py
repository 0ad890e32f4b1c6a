"""The wire format of a VCX agency: bytes, keys, envelopes and messages. It knows neither agency nor client."""
