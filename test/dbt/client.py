"""Stands in for the program `dbt`: has serve.py run it. Usage: client.py SOCKET PROGRAM [dbt's arguments]"""

import json
import os
import signal
import socket
import sys

link = socket.socket(socket.AF_UNIX)
link.connect(sys.argv[1])
asked = json.dumps({"argv": sys.argv[2:], "cwd": os.getcwd(), "env": dict(os.environ)}).encode()
socket.send_fds(link, [len(asked).to_bytes(4, "big")], [0, 1, 2])
link.sendall(asked)
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, _: link.send(bytes([number])))
answer = link.recv(4)
# A server that went away has taken dbt with it.
status = int.from_bytes(answer, "big") if answer else signal.SIGKILL
if os.WIFSIGNALED(status):
    signal.signal(os.WTERMSIG(status), signal.SIG_DFL) if os.WTERMSIG(status) != signal.SIGKILL else None
    os.kill(os.getpid(), os.WTERMSIG(status))
os._exit(os.waitstatus_to_exitcode(status))
