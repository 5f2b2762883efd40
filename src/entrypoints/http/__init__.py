"""The JSON API of DESIGN: Falcon resources over the use cases."""
