"""A server on loopback that answers wrongly where a test wants it to: in front of files, a registry or another server."""

from __future__ import annotations

import http.client
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

ALWAYS = 1 << 30


@dataclass(frozen=True)
class Asked:
    """A request as the server got it."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)


@dataclass
class Reply:
    """What is sent back."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


Backend = Callable[[Asked], Reply]


@dataclass
class Fault:
    """What goes wrong with requests of a method whose path a pattern is found in, so many times."""

    kind: str
    """`truncate` and `flip` change the body; `stall` sends half of it; `throttle` sends it slowly; `status` and
    `redirect` answer at once; `drop` closes the connection; `endless` never stops sending; `slow` reads the request
    slowly, however often."""
    path: str = ""
    method: str = "GET"
    times: int = 1
    skip: int = 0
    """Requests that are answered well before."""
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)

    def strikes(self, asked: Asked) -> bool:
        """Whether this request is one of them; counts it."""
        if asked.method != self.method or not re.search(self.path, asked.path) or self.times <= 0:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True


class FaultServer:
    """The running server: its faults can be changed at any moment, and it keeps what it was asked."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.faults: list[Fault] = []
        self.asked: list[Asked] = []
        self.connects: list[str] = []
        """Hosts to which a client wanted a tunnel, as through a proxy; it gets none."""
        self.sent = 0
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"faults": self}))
        self._server.daemon_threads = True
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.host}"

    def count(self, method: str, path: str = "") -> int:
        """How many requests of a method matched."""
        return sum(asked.method == method and re.search(path, asked.path) is not None for asked in self.asked)

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()

    def _fault(self, asked: Asked) -> Fault | None:
        with self._lock:
            self.asked.append(asked)
            return next((fault for fault in self.faults if fault.kind != "slow" and fault.strikes(asked)), None)


class _Handler(BaseHTTPRequestHandler):
    faults: FaultServer
    """The server that this belongs to."""
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_one_request(self) -> None:
        with suppress(ConnectionError):
            super().handle_one_request()

    def _answer(self) -> None:
        body = self._read_body(int(self.headers.get("Content-Length") or 0))
        asked = Asked(self.command, self.path, dict(self.headers), body)
        fault = self.faults._fault(asked)
        if fault and fault.kind == "drop":
            self.close_connection = True
            return
        if fault and fault.kind in ("status", "redirect"):
            self._send(Reply(fault.status, dict(fault.headers)), None)
            return
        self._send(self.faults.backend(asked), fault)

    def _read_body(self, size: int) -> bytes:
        asked = Asked(self.command, self.path, {}, b"")
        if not any(fault.kind == "slow" and fault.strikes(asked) for fault in self.faults.faults):
            return self.rfile.read(size)
        body = b""
        while len(body) < size and (piece := self.rfile.read(min(1 << 16, size - len(body)))):
            body += piece
            self.faults._ended.wait(0.05)
        return body

    def _send(self, reply: Reply, fault: Fault | None) -> None:
        body, kind = reply.body, fault.kind if fault else ""
        if kind == "flip":
            middle = len(body) // 2
            body = body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]
        self.send_response_only(reply.status)
        length = {} if kind == "endless" else {"Content-Length": str(len(body))}
        for name, value in (length | reply.headers).items():
            if kind != "endless" or name != "Content-Length":
                self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        if kind in ("truncate", "stall"):
            body = body[: len(body) // 2]
            self.close_connection = True
        for piece in _pieces(body, kind):
            self.wfile.write(piece)
            self.faults.sent += len(piece)
            if self.faults._ended.is_set():
                return
        if kind == "stall":
            self.faults._ended.wait(30)

    def do_CONNECT(self) -> None:
        self.faults.connects.append(self.path)
        self.send_error(502)

    do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815

    def log_message(self, *args: Any) -> None:
        pass


def _pieces(body: bytes, kind: str) -> Iterator[bytes]:
    if kind == "throttle":
        for start in range(0, len(body), 16):
            time.sleep(0.05)
            yield body[start : start + 16]
    elif kind == "endless":
        while True:
            yield bytes(65536)
    else:
        yield body


@contextmanager
def serving(backend: Backend) -> Iterator[FaultServer]:
    """A server as long as the block runs."""
    server = FaultServer(backend)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def part(body: bytes, asked: Asked, headers: Mapping[str, str] | None = None) -> Reply:
    """A body, or the part of it that is asked for."""
    found = re.fullmatch(r"bytes=([0-9]+)-([0-9]*)", asked.headers.get("Range", ""))
    if not found:
        return Reply(200, {"Content-Length": str(len(body))} | dict(headers or {}), body)
    start, end = int(found[1]), min(int(found[2] or len(body) - 1), len(body) - 1)
    if start >= len(body):
        return Reply(416)
    content_range = {"Content-Range": f"bytes {start}-{end}/{len(body)}"}
    return Reply(206, content_range | dict(headers or {}), body[start : end + 1])


def files(folder: Path) -> Backend:
    """The files of a folder, as any web server gives them."""

    def answer(asked: Asked) -> Reply:
        path = folder / asked.path.lstrip("/")
        if asked.method not in ("GET", "HEAD"):
            return Reply(405)
        return part(path.read_bytes(), asked) if path.is_file() else Reply(404)

    return answer


def upstream(url: str) -> Backend:
    """Another server, asked the same."""
    host = urlsplit(url).netloc

    def answer(asked: Asked) -> Reply:
        connection = http.client.HTTPConnection(host)
        connection.putrequest(asked.method, asked.target, skip_host=True, skip_accept_encoding=True)
        for name, value in asked.headers.items():
            if name.lower() not in ("connection", "content-length"):
                connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(asked.body)))
        connection.endheaders(asked.body)
        response = connection.getresponse()
        body = response.read()
        kept = {name: value for name, value in response.getheaders() if name.lower() not in _OF_CONNECTION}
        connection.close()
        return Reply(response.status, kept, body)

    return answer


_OF_CONNECTION = ("connection", "transfer-encoding", "server", "date")
