"""The doors: each converts its kind of request to a `Request`, and sends the reply. They have no protocol rules."""
