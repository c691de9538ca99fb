"""Whose customer it is: descriptions of companies compared, the same for two files as for the vendor's accounts."""
