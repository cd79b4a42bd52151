"""The protocol that drivers speak: JSON over HTTP, a thread for each connection."""

import gzip
import json
import socket
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

import control
import login
from jobs import Job, failure, success
from system_functions import cancel_with_children

# After so long a driver is told to ask again later, as by the real one.
PATIENCE = 45


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        """What is asked for is in the list of statements, and nowhere else."""

    def do_GET(self):
        self.handle_request()

    def do_POST(self):
        self.handle_request()

    def do_DELETE(self):
        self.handle_request()

    def handle_request(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        url = urlsplit(self.path)
        asked = {key: values[0] for key, values in parse_qs(url.query).items()}
        try:
            answer = self.route(url.path, asked, json.loads(body) if body.strip() else {})
        except control.Refused as refused:
            return self.reply({"error": str(refused)}, 400)
        if answer is None:
            self.hang_up()
        else:
            self.reply(answer)

    def reply(self, document, code=200):
        data = json.dumps(document).encode()
        try:
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except (BrokenPipeError, ConnectionResetError):
            # Whoever asked has gone; what was asked for is done all the same.
            self.close_connection = True

    def hang_up(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def route(self, path, asked, body):
        """What to answer; None closes the connection without an answer."""
        server = self.server
        if path.startswith("/_lastgreen/"):
            return control.answer(server, path.removeprefix("/_lastgreen/"), body)
        if path == "/session/v1/login-request":
            return login.login(server.world, asked, body["data"])
        if path == "/telemetry/send" or path == "/session/v1/authenticator-request":
            return {"success": True, "data": None, "code": None, "message": None}
        session = login.session_of(server.world, self.headers.get("Authorization"), path)
        if isinstance(session, dict):
            return session
        if path == "/session/token-request":
            return login.renewed(session)
        if path == "/session":
            if asked.get("delete"):
                login.log_out(server.world, session)
            return DONE
        if path == "/session/heartbeat":
            return DONE
        if path == "/queries/v1/query-request":
            return self.query(session, asked, body)
        if path == "/queries/v1/abort-request":
            return self.abort(body)
        parts = path.strip("/").split("/")
        if parts[:1] == ["queries"] and parts[2:] == ["result"]:
            return self.result(session, parts[1])
        if parts[:2] == ["monitoring", "queries"]:
            return self.monitoring(parts[2])
        return {"success": False, "code": "390103", "message": f"The test server does not know {path}", "data": None}

    def query(self, session, asked, body):
        """A request that a driver sends again, because its connection broke, is the same request."""
        world, id = self.server.world, asked.get("requestId")
        with world.lock:
            job = world.requests.get(id)
            retries = job.dropped.action.get("retries") if job is not None and job.dropped is not None else None
            if retries == "refused":
                raise control.Refused("the test wants the driver to give up")
            if retries == "answered":
                # The driver's own second try gets what the first would have got, had it come through.
                job.dropped = None
                job = job if job.answer is not None else None
            if job is None:
                job = world.requests[id] = Job(self.server, session, body)
                job.thread.start()
        if body.get("asyncExec"):
            return in_progress(job.query, "333334")
        return wait(job, PATIENCE)

    def abort(self, body):
        job = self.server.world.requests.get(body.get("requestId"))
        if job is not None:
            cancel_with_children(self.server.world, job.query)
        return DONE

    def result(self, session, id):
        world = self.server.world
        query = world.queries.get(id)
        job = next((job for job in list(world.requests.values()) if job.query is query), None)
        if job is not None and job.thread.is_alive():
            job.thread.join(PATIENCE)
            if job.thread.is_alive():
                return in_progress(query, "333333")
        if query is None or query.user != session.user.name:
            return {"data": None, "code": "000709", "message": f"Statement {id} not found", "success": False}
        if query.result is not None:
            return success(session, query)
        return failure(query.error, query)

    def monitoring(self, id):
        query = self.server.world.queries.get(id)
        found = []
        if query is not None:
            found = [
                {
                    "id": query.id,
                    "status": query.status,
                    "state": query.status,
                    "sqlText": query.text,
                    "errorCode": f"{query.code:06d}" if query.code is not None else None,
                    "errorMessage": query.message,
                    "sessionId": query.session.id,
                }
            ]
        return {"data": {"queries": found}, "success": True, "code": None, "message": None}


DONE = {"data": None, "code": None, "message": None, "success": True}


def wait(job, seconds):
    if not job.answered.wait(seconds):
        return in_progress(job.query, "333333")
    return None if job.dropped is not None else job.answer


def in_progress(query, code):
    data = {"queryId": query.id, "getResultUrl": f"/queries/{query.id}/result", "queryAbortsAfterSecs": 300}
    return {"data": data, "code": code, "message": "Query execution in progress.", "success": True}
