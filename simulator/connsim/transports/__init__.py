"""The doors: each turns its kind of request into ours, and plays the reply. No protocol rule lives here."""
