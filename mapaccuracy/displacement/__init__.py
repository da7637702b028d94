"""Is the map wrong, or only misplaced: known mistakes and a common displacement, tested."""
