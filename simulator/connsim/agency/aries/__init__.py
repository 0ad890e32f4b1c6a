"""The scripted holders of Aries invitations."""
