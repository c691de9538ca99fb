"""The demo: real public data sets, joined and moved in time, as input for the importers."""
