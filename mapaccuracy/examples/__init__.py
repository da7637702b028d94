"""The data of the demo: one folder a case. No code."""
