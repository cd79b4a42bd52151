"""Files that come with a load job: in one request of two parts, or after one that says where to send them."""

import email
import itertools
import json
import re
import threading

import jobs
from errors import BigQueryError, not_modelled


class Started:
    """Where a file may be sent."""

    def __init__(self, path):
        self.path = path


class Uploads:
    def __init__(self):
        self.begun, self.numbers, self.lock = {}, itertools.count(1), threading.Lock()


def route(call):
    match = re.fullmatch(r"/upload/bigquery/v2/projects/([^/]+)/jobs", call.path)
    if match is None:
        raise not_modelled(call.path)
    project, kind = match[1], call.asked.get("uploadType")
    if kind == "multipart":
        return multipart(call, project)
    if kind == "resumable" and call.method == "POST":
        return begin(call, project)
    if call.method == "PUT" and call.asked.get("upload_id"):
        return finish(call, project)
    raise not_modelled(f"uploads of type {kind}")


def multipart(call, project):
    head = f"Content-Type: {call.headers['Content-Type']}\r\n\r\n".encode()
    parts = email.message_from_bytes(head + call.raw).get_payload()
    body, file = parts[0].get_payload(decode=True), parts[1].get_payload(decode=True)
    return load(call, project, json.loads(body), file)


def begin(call, project):
    uploads = call.server.uploads
    with uploads.lock:
        id = str(next(uploads.numbers))
        uploads.begun[id] = json.loads(call.raw)
    return Started(f"/upload/bigquery/v2/projects/{project}/jobs?uploadType=resumable&upload_id={id}")


def finish(call, project):
    body = call.server.uploads.begun.pop(call.asked["upload_id"], None)
    if body is None:
        raise BigQueryError("notFound", "Not found: upload")
    span = call.headers.get("Content-Range") or ""
    if span and not re.fullmatch(r"bytes (?:0-\d+|\*)/\d+", span):
        raise not_modelled("uploads in several pieces")
    return load(call, project, body, call.raw)


def load(call, project, body, file):
    job = jobs.insert(call.world, project, body, call.user, file)
    call.launch(job)
    return jobs.resource(job)
