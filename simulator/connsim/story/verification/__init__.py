"""Verification: what a test expects of the requests that clients have made, judged on entries of a journal."""
