#!/usr/bin/env python3
"""Targets, a discovery and clients that misbehave, and good targets among them.

Twenty good targets are scraped every second, first alone. Then come targets that trickle, never end, redirect in a circle,
send a line of 1 GB, a bomb in gzip or zstd, short lines without end, an encoding that is none, and types that change with
each scrape; then a discovery that answers 100,000 targets, and then none; then clients: 10,000 idle connections, posts of
100 MB, a range of a million steps, one who reads a large answer slowly. In each part the good targets have to be scraped
on time, and memory has to stay near to what it was. The log has to name each target that fails.
"""
import gzip
import json
import multiprocessing
import os
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import arguments, web  # noqa: E402
from harness.stand_ins import StandIn  # noqa: E402
from harness.subjects import KTSDB, Subject  # noqa: E402
from harness.table import Results, megabytes, print_table, say  # noqa: E402

GOOD, SERIES = 20, 100
TEXT = "text/plain; version=0.0.4; charset=utf-8"
KINDS = ["trickle", "endless", "circle", "line", "bomb", "short", "lies", "types", "hang"]
# "types" is odd but valid, and not an error of the target.
FAILING = [kind for kind in KINDS if kind != "types"]


class GoodTargets(StandIn):
    """The good targets, one path each; notes when each is scraped."""

    def __init__(self):
        self.times = {}
        super().__init__()

    def handle(self, handler):
        now = time.monotonic()
        with self.lock:
            self.times.setdefault(handler.path, []).append(now)
        body = "".join(f'good{{id="{index}"}} {now:.0f}\n' for index in range(SERIES)).encode()
        self.answer(handler, 200, body, [("Content-Type", TEXT)])

    def deviations(self, start, end):
        """How far each interval between two scrapes is from a second, in milliseconds."""
        with self.lock:
            lists = [[moment for moment in moments if start <= moment < end] for moments in self.times.values()]
        return sorted(abs(b - a - 1) * 1000 for moments in lists for a, b in zip(moments, moments[1:]))


class HostileTarget(StandIn):
    """Answers as its kind does."""

    def __init__(self, kind):
        self.kind = kind
        self.count = 0
        super().__init__()

    def handle(self, handler):
        self.count += 1
        getattr(self, self.kind)(handler)

    def begin(self, handler, *headers):
        lines = ["HTTP/1.1 200 OK", "Content-Type: " + TEXT, "Connection: close", *headers]
        handler.wfile.write("\r\n".join(lines + ["", ""]).encode())
        handler.close_connection = True

    def trickle(self, handler):
        self.begin(handler)
        while True:
            handler.wfile.write(b"a")
            time.sleep(0.1)

    def endless(self, handler):
        self.begin(handler)
        index = 0
        while True:
            handler.wfile.write(b"".join(b'endless{id="%d"} 1\n' % n for n in range(index, index + 1000)))
            index += 1000

    def circle(self, handler):
        self.answer(handler, 302, b"", [("Location", handler.path + "x" if len(handler.path) < 50 else "/metrics")])

    def line(self, handler):
        self.begin(handler, "Content-Length: 1000000000")
        piece = b"l" * 1_000_000
        for _ in range(1000):
            handler.wfile.write(piece)

    def bomb(self, handler):
        self.begin(handler, "Content-Encoding: gzip")
        handler.wfile.write(BOMB)

    def short(self, handler):
        self.begin(handler)
        piece = b"a 1\n" * 250_000
        for _ in range(1000):
            handler.wfile.write(piece)

    def lies(self, handler):
        self.begin(handler, "Content-Encoding: gzip")
        handler.wfile.write(b"good 1\n")

    def types(self, handler):
        kind = ["counter", "gauge", "histogram", "summary", "untyped"][self.count % 5]
        self.answer(handler, 200, f"# TYPE changing {kind}\nchanging {self.count}\n".encode(), [("Content-Type", TEXT)])

    def hang(self, handler):
        time.sleep(3600)


BOMB = b""


def serve_hostile(pipe):
    """Runs in a process of its own: what hostile targets cost must not slow the good ones down."""
    global BOMB
    BOMB = gzip.compress(b"a 1\n" * 50_000_000, 6)
    targets = {kind: HostileTarget(kind) for kind in KINDS}
    pipe.send({kind: target.port for kind, target in targets.items()})
    pipe.recv()


class Discovery(StandIn):
    """Answers with no target, or with many."""

    def __init__(self, count):
        groups = [{"targets": [f"127.0.0.1:{1 + index % 1000}"],
                   "labels": {"instance": f"host-{index}.example.com", "rack": f"rack-{index % 100}", "zone": "a"}}
                  for index in range(count)]
        self.bodies = [b"[]", json.dumps(groups).encode()]
        self.answers_many = False
        super().__init__()

    def handle(self, handler):
        self.answer(handler, 200, self.bodies[self.answers_many], [("Content-Type", "application/json")])


def serve_discovery(pipe, count):
    """Runs in a process of its own, too."""
    discovery = Discovery(count)
    pipe.send(discovery.port)
    while True:
        discovery.answers_many = pipe.recv()
        pipe.send(True)


class Child:
    """A process that serves, and a pipe to it."""

    def __init__(self, serve, *values):
        self.pipe, other = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=serve, args=(other, *values), daemon=True)
        self.process.start()
        self.first = self.pipe.recv()

    def ask(self, value):
        self.pipe.send(value)
        return self.pipe.recv()


class Run:
    def __init__(self, options):
        self.options = options
        self.good = GoodTargets()
        self.hostile = Child(serve_hostile)
        self.ports = self.hostile.first
        self.discovery = Child(serve_discovery, options.targets)
        self.subject = Subject(options.subject, arguments.directory(options), options,
                               flags=["--log.level=debug"] if options.subject != KTSDB else [])
        self.parts = []

    def configuration(self, *more):
        jobs = [f"  - {{job_name: good{index}, metrics_path: /good/{index}, static_configs: "
                f"[{{targets: ['127.0.0.1:{self.good.port}']}}]}}" for index in range(GOOD)]
        return "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n" + "\n".join([*jobs, *more]) + "\n"

    def load(self, *more):
        self.subject.write(self.configuration(*more))
        self.subject.reload()

    def hostile_jobs(self):
        return [f"  - {{job_name: {kind}, scrape_interval: 2s, scrape_timeout: 2s, static_configs: "
                f"[{{targets: ['127.0.0.1:{port}']}}]}}" for kind, port in self.ports.items()]

    def big_job(self):
        return (f"  - {{job_name: many, scrape_interval: 30m, http_sd_configs: [{{url: 'http://127.0.0.1:"
                f"{self.discovery.first}/', refresh_interval: 5s}}]}}")

    def part(self, name, seconds, act=None, settle=0):
        """Watches the good targets and the memory while `act` runs, and until `seconds` are over."""
        say(name)
        start, peak = time.monotonic(), 0
        thread = threading.Thread(target=act, daemon=True) if act else None
        if thread:
            thread.start()
        while time.monotonic() < start + seconds or (thread and thread.is_alive()):
            peak = max(peak, self.subject.resident_bytes())
            time.sleep(0.1)
        end = time.monotonic()
        time.sleep(settle)
        part = (name, self.good.deviations(start, end), peak, self.subject.resident_bytes())
        self.parts.append(part)
        return part

    # Clients

    def connect(self):
        host, port = self.subject.address.split(":")
        return socket.create_connection((host, int(port)), 10)

    def idle(self):
        """Opens 10,000 connections, says nothing, and asks in between."""
        opened = []
        for index in range(self.options.connections):
            try:
                opened.append(self.connect())
            except OSError:
                break
            if index % 1000 == 0:
                self.ask()
        for connection in opened:
            connection.close()

    def ask(self):
        return web.timed(self.subject.url + "/api/v1/query?query=count(good)", 10)[0]

    def posts(self):
        body = b"x" * 100_000_000
        for path in ("/api/v1/write", "/api/v1/query", "/api/v1/query_range", "/-/reload?x", "/nowhere"):
            try:
                web.request(self.subject.url + path, body, "POST",
                            {"Content-Type": "application/x-www-form-urlencoded"}, 60)
            except OSError:
                pass

    def steps(self):
        for query in ("1", "good", "sum(rate(good[5m]))"):
            web.request(self.subject.url + f"/api/v1/query_range?query={query}&start=0&end=1000000&step=1")

    def slow_reader(self):
        """Asks for what is long, and reads a little of it."""
        now, opened = int(time.time()), []
        for _ in range(8):
            connection = self.connect()
            path = f"/api/v1/query_range?query=good&start={now - 10000}&end={now}&step=1"
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            opened.append(connection)
        for _ in range(20):
            for connection in opened:
                connection.recv(1000)
            time.sleep(0.5)
        for connection in opened:
            connection.close()


def main():
    parser = arguments.parser(__doc__)
    parser.add_argument("--seconds", type=int, default=30, help="how long each part takes; default: %(default)s")
    parser.add_argument("--targets", type=int, default=100_000, help="of the discovery; default: %(default)s")
    parser.add_argument("--connections", type=int, default=10_000, help="that are idle; default: %(default)s")
    parser.add_argument("--jitter", type=float, default=50, help="ms; default: %(default)s")
    parser.add_argument("--memory", type=float, default=100, help="MB by which memory may grow; default: %(default)s")
    options = parser.parse_args()
    run = Run(options)
    run.subject.write(run.configuration())
    run.subject.start()
    time.sleep(5)
    run.part("good targets alone", options.seconds)
    normal = max(run.parts[0][2], run.parts[0][3])
    run.load(*run.hostile_jobs())
    run.part("hostile targets", options.seconds)
    log = run.subject.log()
    targets = run.subject.get("/api/v1/targets")["activeTargets"]
    run.load()
    run.part("after them", 10)
    run.discovery.ask(True)
    run.load(run.big_job())
    run.part(f"{options.targets:,} targets", options.seconds)
    run.discovery.ask(False)
    run.part("then none", options.seconds)
    run.load()
    run.part("idle connections", 5, run.idle)
    run.part("posts of 100 MB", 5, run.posts)
    run.part("a million steps", 5, run.steps)
    run.part("slow readers", 5, run.slow_reader, 1)
    answered = run.ask()
    run.subject.stop()
    return report(run, normal, log, targets, answered)


def report(run, normal, log, targets, answered):
    options = run.options
    results = Results(f"Hostile targets, discovery and clients of {options.subject}")
    print_table(["part", "scrapes", "p99", "worst", "peak memory", "memory after"], [
        [name, len(found), *(f"{found[int(len(found) * share)]:.0f} ms" if found else "" for share in (0.99, 0.9999)),
         megabytes(peak), megabytes(after)] for name, found, peak, after in run.parts])
    for name, found, peak, _ in run.parts:
        worst = found[-1] if found else 9999
        results.claim(f"{name}: scrapes of the others are on time to {options.jitter:.0f} ms",
                      worst < options.jitter, f"{worst:.0f} ms")
        results.claim(f"{name}: memory is within {options.memory:.0f} MB of normal",
                      peak - normal < options.memory * 1e6, f"{megabytes(normal)} -> {megabytes(peak)}")
    states = {target["labels"]["job"]: target for target in targets}
    healthy = [kind for kind in FAILING if states[kind]["health"] == "up" or not states[kind]["lastError"]]
    results.claim("each hostile target is down with an error", not healthy, ", ".join(healthy) or "all")
    for kind in FAILING:
        say(f"  {kind}: {states[kind]['lastError'][:150]}")
    results.claim("the server answers at the end", answered is not None, answered)
    return results.finish()


arguments.run(main)
