"""The doors: each turns its kind of request into ours, and plays the reply. They hold no rule of a protocol."""
