"""A load client that keeps its pace. Its process is started by bench/load_client.py."""
