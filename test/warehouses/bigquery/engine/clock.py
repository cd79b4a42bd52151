"""The time of the server, which tests may move on."""

import threading
import time
from datetime import datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Clock:
    def __init__(self):
        self.offset, self.last, self.lock = 0, 0, threading.Lock()

    def now(self):
        """Microseconds; never the same twice, so that what happened later is later."""
        with self.lock:
            self.last = max(time.time_ns() // 1000 + self.offset, self.last + 1)
            return self.last

    def ms(self):
        """Milliseconds, rounded up: a change was not there before the moment that is told of it."""
        return -(-self.now() // 1000)

    def move(self, seconds):
        self.offset += int(seconds * 1_000_000)


def moment(us):
    return EPOCH + timedelta(microseconds=us)


def literal(us):
    """As a TIMESTAMP's text in SQL."""
    return moment(us).strftime("%Y-%m-%d %H:%M:%S.%f+00")


def microseconds(at):
    return (at - EPOCH) // timedelta(microseconds=1)
