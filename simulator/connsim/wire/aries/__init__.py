"""Aries connections as libvcx makes them under protocol 3.0 and 4.0: messages, and the holders who answer them."""
