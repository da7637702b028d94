"""``mapaccuracy simulate``."""
