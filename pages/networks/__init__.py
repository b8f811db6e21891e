"""Pages about whole networks."""
