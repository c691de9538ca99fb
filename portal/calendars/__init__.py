"""Business calendars: which hours count as working time, by country, with holidays and exceptional working days."""
