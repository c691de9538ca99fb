"""People, their memberships and sessions: who somebody is and for whom they act."""
