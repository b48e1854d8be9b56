"""Synthetic test data for teams that build on Postgres."""
__version__ = "0.1.0"
