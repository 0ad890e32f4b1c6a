"""The fake VCX agency: mailboxes for its owners, and the holders behind their invitations."""
