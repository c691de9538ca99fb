"""History: what happened to a record, who did it and when."""
