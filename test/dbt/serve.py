"""Runs dbt in forks of one process that has imported it: for a small project, importing takes longer than all the rest.

Usage: serve.py SOCKET. Each connection (by client.py) is one run of dbt, with the caller's arguments, environment, folder,
stdin, stdout and stderr. What the caller sends afterwards are signals, a byte each; when it goes away, its dbt is killed.
"""

import gc
import json
import os
import random
import selectors
import signal
import socket
import sys
import time

# Not the adapter for DuckDB: its engine starts threads as soon as it is imported, and a fork has none of them.
import dbt.adapters.bigquery  # noqa: F401
import dbt.adapters.postgres  # noqa: F401
import dbt.adapters.snowflake  # noqa: F401
from dbt.cli.main import cli


def received(caller):
    """What is to be run, and the caller's three streams."""
    head, streams, _, _ = socket.recv_fds(caller, 4, 3)
    left = int.from_bytes(head, "big")
    text = b""
    while len(text) < left:
        more = caller.recv(left - len(text))
        if not more:
            raise ConnectionError("the caller went away")
        text += more
    return json.loads(text), streams


def become(asked, streams):
    """In the fork: as if this process had been started by the caller."""
    for number in (signal.SIGINT, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for to, stream in enumerate(streams):
        os.dup2(stream, to)
        os.close(stream)
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["env"])
    time.tzset()
    random.seed()
    sys.argv = asked["argv"]


def serve(path):
    """Returns in each fork, which then has become the caller's dbt; never in the server."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(path)
    listening.listen(64)
    ends, ended = os.pipe()
    os.set_blocking(ended, False)
    signal.set_wakeup_fd(ended)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    waiting = selectors.DefaultSelector()
    for one in (listening, ends, sys.stdin):
        waiting.register(one, selectors.EVENT_READ)
    callers = {}
    gc.freeze()
    print("ready", flush=True)
    while True:
        for key, _ in waiting.select():
            if key.fileobj is sys.stdin:
                # Whoever started the server is gone.
                for pid in callers.values():
                    os.kill(pid, signal.SIGKILL)
                os._exit(0)
            elif key.fileobj is listening:
                caller, _ = listening.accept()
                try:
                    asked, streams = received(caller)
                except (ConnectionError, ValueError):
                    caller.close()
                    continue
                pid = os.fork()
                if pid == 0:
                    signal.set_wakeup_fd(-1)
                    waiting.close()
                    for one in (listening, caller, *callers):
                        one.close()
                    become(asked, streams)
                    return
                for stream in streams:
                    os.close(stream)
                callers[caller] = pid
                waiting.register(caller, selectors.EVENT_READ)
            elif key.fileobj == ends:
                os.read(ends, 4096)
                answer(callers, waiting)
            elif key.fileobj in callers:
                sent = key.fileobj.recv(1)
                os.kill(callers[key.fileobj], sent[0] if sent else signal.SIGKILL)
                if not sent:
                    waiting.unregister(key.fileobj)


def answer(callers, waiting):
    """Tells callers whose dbt has ended how it ended."""
    for caller, pid in list(callers.items()):
        done, status = os.waitpid(pid, os.WNOHANG)
        if done == 0:
            continue
        del callers[caller]
        try:
            waiting.unregister(caller)
            caller.sendall(status.to_bytes(4, "big"))
        except (KeyError, OSError):
            pass
        caller.close()


serve(sys.argv[1])
sys.exit(cli())
