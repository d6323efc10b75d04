"""A stand-in for PagerDuty.

Version 1 of its API has a fixed address, https://events.pagerduty.com. So the notifier is given an HTTP proxy, which
leads all connections to the stand-in, and a certificate authority of the run's own.
"""
import os
import select
import socket
import ssl
import subprocess
import threading

from .processes import RunError
from .stand_ins import StandIn

HOST = "events.pagerduty.com"


def make_certificates(directory):
    """Makes an authority and a certificate for PagerDuty's host with openssl; returns their files."""
    authority, key, certificate, own_key = (
        os.path.join(directory, name) for name in ("ca.pem", "ca.key", "pagerduty.pem", "pagerduty.key"))
    request, extensions = os.path.join(directory, "pagerduty.csr"), os.path.join(directory, "extensions")
    with open(extensions, "w", encoding="utf-8") as file:
        file.write(f"subjectAltName=DNS:{HOST}\n")
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    for command in (
        ["req", "-x509", *curve, "-keyout", key, "-out", authority, "-days", "2", "-subj", "/CN=long-run"],
        ["req", *curve, "-keyout", own_key, "-out", request, "-subj", f"/CN={HOST}"],
        ["x509", "-req", "-in", request, "-CA", authority, "-CAkey", key, "-CAcreateserial", "-days", "2",
         "-out", certificate, "-extfile", extensions],
    ):
        done = subprocess.run(["openssl", *command], capture_output=True, check=False)
        if done.returncode != 0:
            raise RunError(f"openssl: {done.stderr.decode(errors='replace')}")
    return authority, certificate, own_key


class PagerDuty(StandIn):
    """Takes events over TLS."""

    def __init__(self, certificate, key):
        super().__init__()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)

    def handle(self, handler):
        self.keep(handler.path, self.read(handler))
        body = b'{"status":"success","message":"Event processed","incident_key":"k"}'
        self.answer(handler, 200, body, [("Content-Type", "application/json")])


class Proxy:
    """An HTTP proxy for one notifier: PagerDuty's host leads to the stand-in, other addresses to themselves."""

    def __init__(self, pagerduty_port):
        self.pagerduty_port = pagerduty_port
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.socket.accept()
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            head = b""
            while b"\r\n\r\n" not in head:
                piece = client.recv(65536)
                if not piece:
                    return
                head += piece
            method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
            if method == "CONNECT":
                host, port = target.rsplit(":", 1)
                there = self.connect(host, int(port))
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                address = target.split("/", 3)[2]
                host, _, port = address.partition(":")
                there = self.connect(host, int(port or 80))
                there.sendall(head)
            self.copy(client, there)
        except OSError:
            pass
        finally:
            client.close()

    def connect(self, host, port):
        if host == HOST:
            return socket.create_connection(("127.0.0.1", self.pagerduty_port))
        return socket.create_connection((host, port))

    def copy(self, one, other):
        pairs = {one: other, other: one}
        while True:
            for ready in select.select(list(pairs), [], [], 60)[0]:
                piece = ready.recv(65536)
                if not piece:
                    return
                pairs[ready].sendall(piece)
