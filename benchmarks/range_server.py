"""Files over a slow line, in a process of its own: `python -m benchmarks.range_server FOLDER ...`.

    python -m benchmarks.range_server FOLDER DELAY_MS MBITS

Each answer begins so long after its request, and all connections share one line of so many
megabits a second; 0 is no delay, and no limit. Prints the port that it has on loopback, then, for
each line on standard input, the requests and bytes of bodies since the last one, as JSON; ends with
standard input.
"""

from __future__ import annotations

import json
import os
import re
import socket
import socketserver
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

_PIECE = 64 * 1024
_SHORTEST_SLEEP_S = 0.002
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


@dataclass
class Line:
    """What all connections share, and what went over it."""

    bytes_per_s: float
    requests: int = 0
    sent: int = 0
    _free_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def asked(self) -> None:
        with self._lock:
            self.requests += 1

    def take(self, size: int) -> float:
        """Counts the bytes; returns when the line has brought them."""
        with self._lock:
            self.sent += size
            now = time.perf_counter()
            if self.bytes_per_s:
                self._free_at = max(self._free_at, now) + size / self.bytes_per_s
            return self._free_at

    def told(self) -> dict[str, int]:
        """Since the last time."""
        with self._lock:
            told = {"requests": self.requests, "bytes": self.sent}
            self.requests = self.sent = 0
        return told


class Asked(NamedTuple):
    """One request."""

    path: str
    headers: dict[str, str]


class Server(socketserver.ThreadingTCPServer):
    """One thread for each connection."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, folder: Path, delay_s: float, line: Line) -> None:
        super().__init__(("127.0.0.1", 0), Connection)
        self.folder = folder
        self.delay_s = delay_s
        self.line = line


class Connection(socketserver.StreamRequestHandler):
    """Answers one request after the other. Trusts who asks, who is the benchmark."""

    server: Server
    disable_nagle_algorithm = True

    def handle(self) -> None:
        try:
            while (asked := self._asked()) is not None:
                self._answer(asked)
        except ConnectionError:
            return

    def _asked(self) -> Asked | None:
        first = self.rfile.readline()
        if not first:
            return None
        headers: dict[str, str] = {}
        while line := self.rfile.readline().decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return Asked(first.decode("latin-1").split()[1], headers)

    def _answer(self, asked: Asked) -> None:
        server = self.server
        server.line.asked()
        if server.delay_s:
            time.sleep(server.delay_s)
        path = server.folder / Path(asked.path.partition("?")[0]).name
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            start, end, status = 0, size, "200 OK"
            more = ""
            if wanted := _RANGE.fullmatch(asked.headers.get("range", "")):
                start = int(wanted[1])
                end = min(size, int(wanted[2]) + 1) if wanted[2] else size
                status = "206 Partial Content"
                more = f"Content-Range: bytes {start}-{end - 1}/{size}\r\n"
                if start >= size:
                    start = end = 0
                    status, more = "416 Range Not Satisfiable", f"Content-Range: bytes */{size}\r\n"
            head = (
                f'HTTP/1.1 {status}\r\nContent-Length: {end - start}\r\nETag: "{size:x}"\r\n'
                f"Content-Type: video/mp4\r\nAccept-Ranges: bytes\r\n{more}\r\n"
            )
            self.connection.sendall(head.encode("latin-1"), socket.MSG_MORE if end > start else 0)
            self._send(file.fileno(), start, end)

    def _send(self, descriptor: int, start: int, end: int) -> None:
        """Each piece leaves when the line would have brought its last byte."""
        while start < end:
            count = min(_PIECE, end - start)
            wait_s = self.server.line.take(count) - time.perf_counter()
            if wait_s > _SHORTEST_SLEEP_S:
                time.sleep(wait_s)
            self.connection.sendall(os.pread(descriptor, count, start))
            start += count


def main(folder: Path, delay_s: float, mbits: float) -> None:
    """Serves until standard input ends."""
    line = Line(mbits * 1e6 / 8)
    with Server(folder, delay_s, line) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        _say(server.server_address[1])
        while sys.stdin.readline():
            _say(line.told())
        server.shutdown()


def _say(word: Any) -> None:
    sys.stdout.write(json.dumps(word) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]) / 1000, float(sys.argv[3]))
