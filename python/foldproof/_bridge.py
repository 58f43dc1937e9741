# SPDX-License-Identifier: BSD-3-Clause
"""Between the program's pipes and the process that holds the pass (foldproof.fuzz): usage: _bridge.py SOCKET"""
import os
import socket
import sys
import threading


def main() -> None:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(sys.argv[1])

    def send() -> None:
        for line in sys.stdin.buffer:
            connection.sendall(line)
        connection.shutdown(socket.SHUT_WR)

    threading.Thread(target=send, daemon=True).start()
    whole = True
    for line in connection.makefile("rb"):
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
        whole = line.endswith(b"\n")
    print("the process of the pass ended" + ("" if whole else " amid an answer"), file=sys.stderr, flush=True)
    os._exit(70)  # the thread that reads requests goes with it


if __name__ == "__main__":
    main()
