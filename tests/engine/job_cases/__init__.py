"""Experiments that the tests of `engine.jobs` run in real worker processes."""
