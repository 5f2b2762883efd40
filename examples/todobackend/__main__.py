"""Serve the example: ``PYTHONPATH=src python -m examples.todobackend``."""

from wsgiref.simple_server import make_server

from entrypoints.cli.start import start
from examples.todobackend.app import create_app

PORT = 8001

_, container = start()
container.store().upgrade()
with make_server("127.0.0.1", PORT, create_app(container)) as server:
    print(f"Todo-Backend on http://127.0.0.1:{PORT}/ (Ctrl-C ends it)")
    server.serve_forever()
