"""Stand-ins for the services that notifications go to."""
import functools
import http.server
import json
import threading
import time


class StandIn:
    """An HTTP server on a free port that keeps what it receives. Subclasses say what it answers."""

    def __init__(self, port=0):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.handle(self)

            do_POST = do_PUT = do_GET

            def log_message(self, *arguments):
                pass

        class Threads(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 512

            def handle_error(self, *arguments):
                pass

        self.server = Threads(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.lock = threading.Lock()
        self.received = []
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def handle(self, handler):
        body = self.read(handler)
        self.keep(handler.path, body)
        self.answer(handler, 200, b"ok")

    def read(self, handler):
        """Returns the body; fails if the client goes away in the middle of it."""
        length = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(length)
        if len(body) < length:
            raise ConnectionError("half a body")
        return body

    def keep(self, path, body):
        with self.lock:
            self.received.append(Message(time.time(), path, body))

    def answer(self, handler, status, body, headers=()):
        handler.send_response(status)
        for name, value in headers:
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def messages(self):
        with self.lock:
            return list(self.received)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Message:
    """What a stand-in has received: when, at which path, and the body."""

    def __init__(self, when, path, body):
        self.time = when
        self.path = path
        self.body = body

    @functools.cached_property
    def json(self):
        return json.loads(self.body)


class Page(StandIn):
    """Serves what `render()` returns at /metrics, to be scraped."""

    def __init__(self, render):
        self.render = render
        super().__init__()

    def handle(self, handler):
        self.read(handler)
        body = self.render(handler.path)
        self.answer(handler, 200, body, [("Content-Type", "text/plain; version=0.0.4; charset=utf-8")])


class Peer(StandIn):
    """An Alertmanager that takes alerts and counts them, and does nothing else."""

    def __init__(self):
        self.first_firing = {}
        self.first_resolved = {}
        self.requests = 0
        self.alerts = 0
        super().__init__()

    def handle(self, handler):
        body = self.read(handler)
        now = time.time()
        if handler.path.endswith("/alerts"):
            self.take(json.loads(body), now)
        self.answer(handler, 200, b"", [("Content-Type", "application/json")])

    def take(self, alerts, now):
        with self.lock:
            self.requests += 1
            self.alerts += len(alerts)
            for alert in alerts:
                labels = tuple(sorted(alert["labels"].items()))
                is_over = parse_time(alert["endsAt"]) <= now + 1
                (self.first_resolved if is_over else self.first_firing).setdefault(labels, now)

    def counts(self):
        with self.lock:
            return len(self.first_firing), len(self.first_resolved), self.requests, self.alerts


def parse_time(text):
    """Seconds since 1970 of a time such as 2024-01-15T09:30:00.123456789Z."""
    import calendar
    seconds = calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))
    rest = text[19:]
    fraction = rest.lstrip(".0123456789")
    if rest.startswith("."):
        seconds += float("0" + rest[:len(rest) - len(fraction)])
    if fraction not in ("Z", ""):
        sign = -1 if fraction[0] == "-" else 1
        seconds -= sign * (int(fraction[1:3]) * 3600 + int(fraction[4:6]) * 60)
    return seconds
