"""Verification: a test's expectations of the requests of clients, judged on the entries of a journal."""
