"""The JSON API: Falcon resources over the use cases."""
