"""Serve the example: ``PYTHONPATH=src python -m examples.todobackend``."""

import sys
from contextlib import suppress
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from entrypoints.cli.start import start
from examples.todobackend.app import create_app

PORT = 8001

_, container = start()
container.store().upgrade()
try:
    server = WSGIServer(("127.0.0.1", PORT), WSGIRequestHandler)
except OSError as error:
    sys.exit(f"todobackend: cannot listen on 127.0.0.1:{PORT}: {error.strerror}.")
with server, suppress(KeyboardInterrupt):
    server.set_app(create_app(container))
    print(f"Todo-Backend on http://127.0.0.1:{PORT}/ (Ctrl-C ends it)")
    server.serve_forever()
