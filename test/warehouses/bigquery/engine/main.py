"""Starts the server on a free port of 127.0.0.1 and says on which. Usage: main.py TOKEN

It ends when its standard input does, so with whoever started it.
"""

import logging
import os
import sys
import threading
from http.server import ThreadingHTTPServer

import structlog

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))

from faults import Faults  # noqa: E402
from requests_seen import SeenList  # noqa: E402
from uploads import Uploads  # noqa: E402
from wire import Handler  # noqa: E402
from world import World  # noqa: E402


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, token):
        super().__init__(("127.0.0.1", 0), Handler)
        self.token, self.world = token, World()
        self.faults, self.seen, self.uploads = Faults(self.world), SeenList(self.world), Uploads()

    def handle_error(self, request, client_address):
        """Clients that go away in the middle are what tests do; all else is shown."""
        if not isinstance(sys.exc_info()[1], (BrokenPipeError, ConnectionResetError)):
            super().handle_error(request, client_address)


def main():
    # sqlglot says there of which statements it keeps only the text.
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    server = Server(sys.argv[1])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"ready {server.server_address[1]}", flush=True)
    sys.stdin.read()
    os._exit(0)


main()
