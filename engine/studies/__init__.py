"""Scripts that make what is stored in `assets`: `python -m engine.studies.NAME`."""
