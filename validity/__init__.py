"""Simulate worlds whose truth is known, and see whether the figures keep their promise."""
