"""Measurements that anyone can rerun. See bench/README.md, or run `python -m bench --help`."""
