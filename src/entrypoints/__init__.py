"""The driving side, and the only place that knows everything."""
