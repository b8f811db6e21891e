"""Data sets and runs."""
