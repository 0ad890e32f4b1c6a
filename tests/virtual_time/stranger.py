"""A stranger: a server in a process of its own, which knows nothing of connsim and takes real time to answer.

It says on standard output where it is, and ends when its standard input does. Over TCP, UDP and TLS, each line or
datagram with a number of seconds is answered with ``late`` after that real time; over HTTP, ``/after/0.05`` is, and
``/never`` is not. Whoever connects to the port ``greeting`` is told ``hello`` without having asked.
"""

import json
import math
import socket
import socketserver
import ssl
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FIRST = 0.05
"""Seconds until the greeting."""


def tls(side: int) -> ssl.SSLContext:
    """The TLS context of one side. It needs no certificate, so nothing can expire."""
    context = ssl.SSLContext(side)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("aNULL:@SECLEVEL=0")
    return context


def _wait(seconds: float) -> None:
    if math.isinf(seconds):
        threading.Event().wait()
    time.sleep(seconds)


class _Http(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        seconds = self.path.rpartition("/")[2]
        _wait(math.inf if seconds == "never" else float(seconds))
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"late\n")

    def log_message(self, *_: object) -> None:
        pass


class _Lines(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        for line in self.rfile:
            _wait(float(line))
            self.wfile.write(b"late\n")


class _Greeting(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        _wait(FIRST)
        self.wfile.write(b"hello\n")
        self.rfile.read()


class _Datagrams(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        data, sock = self.request
        _wait(float(data))
        sock.sendto(b"late\n", self.client_address)


class _Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        pass  # a client that has given up


class _Udp(socketserver.ThreadingUDPServer):
    daemon_threads = True


class _Tls(_Tcp):
    def get_request(self) -> tuple[socket.socket, object]:
        sock, address = super().get_request()
        return tls(ssl.PROTOCOL_TLS_SERVER).wrap_socket(sock, server_side=True, do_handshake_on_connect=False), address


def main() -> None:
    """Serve until standard input ends."""
    here = ("127.0.0.1", 0)
    servers = {
        "http": ThreadingHTTPServer(here, _Http),
        "tcp": _Tcp(here, _Lines),
        "udp": _Udp(here, _Datagrams),
        "tls": _Tls(here, _Lines),
        "greeting": _Tcp(here, _Greeting),
    }
    for server in servers.values():
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({name: server.server_address[1] for name, server in servers.items()}), flush=True)
    with suppress(KeyboardInterrupt):
        sys.stdin.read()


if __name__ == "__main__":
    main()
