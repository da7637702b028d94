"""Every figure as a function of arrays."""
