"""Notices: what is meant for one person, in the portal and by mail as that person chose, and mails whose links act."""
