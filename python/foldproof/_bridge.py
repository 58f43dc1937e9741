# SPDX-License-Identifier: BSD-3-Clause
"""Between the program's pipes and the process that holds the pass (foldproof.fuzz): usage: _bridge.py SOCKET"""
import socket
import sys
import threading


def main() -> int:
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
    print("the process of the pass ended", file=sys.stderr)
    return 70 if whole else 71


if __name__ == "__main__":
    sys.exit(main())
