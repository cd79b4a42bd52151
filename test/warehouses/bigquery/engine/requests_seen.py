"""Every request that came, for tests to ask about afterwards."""

import itertools
import threading

from clock import moment


class Seen:
    def __init__(self, number, call, started):
        self.number, self.call, self.started, self.status = number, call, started, None

    def end(self, status):
        self.status = status

    def document(self):
        call, job = self.call, self.call.job
        return {
            "number": self.number,
            "method": call.method,
            "path": call.path,
            "sql": call.sql,
            "body": call.body or None,
            "job": job.id if job is not None else None,
            "user": call.user,
            "ifMatch": call.headers.get("If-Match"),
            "status": self.status,
            "reason": job.error.reason if job is not None and job.error is not None else None,
            "started": moment(self.started).isoformat(),
        }


class SeenList:
    def __init__(self, world):
        self.world, self.all, self.numbers, self.lock = world, [], itertools.count(1), threading.Lock()

    def begin(self, call):
        with self.lock:
            one = Seen(next(self.numbers), call, self.world.clock.now())
            self.all.append(one)
        return one
