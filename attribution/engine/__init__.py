"""Attribution and lifetime value as pure arithmetic on columns: no database, no web, no clock."""
