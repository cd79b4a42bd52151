"""The time of the server, which tests may move on."""

import threading
from datetime import datetime, timedelta, timezone

UTC = timezone.utc


class Clock:
    def __init__(self):
        self.offset, self.last, self.lock = timedelta(0), datetime.min.replace(tzinfo=UTC), threading.Lock()

    def now(self):
        """Never the same twice, so that what happened later is later."""
        with self.lock:
            self.last = max(datetime.now(UTC) + self.offset, self.last + timedelta(microseconds=1))
            return self.last

    def move(self, seconds):
        self.offset += timedelta(seconds=seconds)


def epoch(moment):
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(seconds=1)
