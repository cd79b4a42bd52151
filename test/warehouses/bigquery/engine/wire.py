"""The protocol that clients speak: JSON over HTTP, a thread for each connection."""

import gzip
import json
import socket
import traceback
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, unquote, urlsplit

import control
import uploads
from errors import BigQueryError
from faults import Dropped
from routes import route
from world import OWNER


class Call:
    """One request."""

    def __init__(self, server, method, path, query, headers, body, raw):
        self.server, self.world = server, server.world
        self.method, self.path, self.query = method, path, query
        self.asked = {key: values[-1] for key, values in query.items()}
        self.headers, self.body, self.raw = headers, body, raw
        self.user, self.project, self.job = None, None, None
        self.doomed = None

    def several(self, name):
        return self.query.get(name, [])

    def page(self, found):
        """maxResults and pageToken of a list."""
        start = int(self.asked.get("pageToken") or 0)
        most = int(self.asked.get("maxResults") or 50)
        token = str(start + most) if start + most < len(found) else None
        return found[start : start + most], token

    def launch(self, job):
        self.job = job
        job.doomed = self.doomed
        job.begin()

    @property
    def text(self):
        """What a rule is matched with: method, path, and the SQL or the body."""
        return f"{self.method} {self.path} {self.sql or json.dumps(self.body)}"

    @property
    def sql(self):
        body = self.body if isinstance(self.body, dict) else {}
        configuration = body.get("configuration")
        query = configuration.get("query") if isinstance(configuration, dict) else body
        found = query.get("query") if isinstance(query, dict) else None
        return found if isinstance(found, str) else None


def caller(headers):
    """Token `fake` is the owner of all; `user:NAME` is that user."""
    kind, _, token = (headers.get("Authorization") or "").partition(" ")
    if kind.lower() == "bearer" and token == "fake":
        return OWNER
    if kind.lower() == "bearer" and token.startswith("user:"):
        return token.removeprefix("user:")
    raise BigQueryError(
        "authError",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
        "authentication credential.",
    )


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        """What is asked for is in the list of requests, and nowhere else."""

    def do_GET(self):
        self.handle_request()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def handle_request(self):
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Content-Encoding") == "gzip":
            raw = gzip.decompress(raw)
        url = urlsplit(self.path)
        path = unquote(url.path)
        if path.startswith("/_lastgreen/"):
            return self.reply(*control.handled(self.server, path.removeprefix("/_lastgreen/"), raw))
        call = Call(self.server, self.command, path, parse_qs(url.query), self.headers, {}, raw)
        seen = self.server.seen.begin(call)
        try:
            code, document = self.answer(call)
        except Dropped:
            seen.end(0)
            return self.hang_up()
        seen.end(code)
        self.reply(document, code)

    def answer(self, call):
        try:
            if not call.path.startswith(("/upload/", "/resumable/")):
                call.body = json.loads(call.raw) if call.raw.strip() else {}
            rules = self.server.faults.meant(call.text)
            self.server.faults.apply(rules, "before", call)
            call.user = caller(self.headers)
            document = uploads.route(call) if call.path.startswith("/upload/") else route(call)
            if any(rule.when == "after" for rule in rules) and call.job is not None:
                call.job.done.wait()
            self.server.faults.apply(rules, "after", call)
            return 200, document
        except BigQueryError as error:
            return error.status, error.document()
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            traceback.print_exc()
            failed = BigQueryError("internalError", f"The test server failed: {error!r}")
            return failed.status, failed.document()

    def reply(self, document, code=200):
        headers, data = {}, b""
        if isinstance(document, uploads.Started):
            headers["Location"] = f"http://{self.headers['Host']}{document.path}"
        elif not (self.command == "DELETE" and document == {}):
            data = json.dumps(document).encode()
        try:
            self.send_response(code if data or headers else 204)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.send_header("Content-Length", str(len(data)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)
        except (BrokenPipeError, ConnectionResetError):
            # Whoever asked has gone; what was asked for is done all the same.
            self.close_connection = True

    def hang_up(self):
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            # Whoever asked has gone already.
            self.close_connection = True
