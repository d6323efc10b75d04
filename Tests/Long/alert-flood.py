#!/usr/bin/env python3
"""100,000 alerts that fire at once, and one Alertmanager.

A target exposes 100,000 series that all become 1 in the same scrape. A rule without `for` makes each of them an alert.
The queue for the peer holds 10,000, so what does not fit has to stay due and be sent in the next rounds: all within two
resend delays, none dropped. Meanwhile the API is asked again and again. Then all series become 0, and the peer has to
learn of each resolved alert in the same time.

The peer is a stand-in that counts; with --peer alertmanager it is Debian's, with --peer embedded the server's own
notifier with a webhook that counts (for ktsdb). Prometheus 2.42 is expected to fail: it drops what its queue cannot
hold.
"""
import json
import os
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import arguments, web  # noqa: E402
from harness.processes import wait_until  # noqa: E402
from harness.stand_ins import Page, Peer, StandIn  # noqa: E402
from harness.subjects import Subject, alertmanager  # noqa: E402
from harness.table import Results, megabytes, print_table, say  # noqa: E402


class Series:
    """A page with the series, all of the same value."""

    def __init__(self, count):
        names = [f'flood{{id="{index}",zone="z{index % 50}"}} ' for index in range(count)]
        self.pages = [("\n".join(name + value for name in names) + "\n").encode() for value in ("0", "1")]
        self.value = 0

    def page(self, _):
        return self.pages[self.value]


class Webhook(StandIn):
    """Counts the alerts in the messages of an embedded notifier."""

    def __init__(self):
        self.states = {"firing": set(), "resolved": set()}
        super().__init__()

    def handle(self, handler):
        message = json.loads(self.read(handler))
        with self.lock:
            for alert in message["alerts"]:
                self.states[alert["status"]].add(alert["fingerprint"])
        self.answer(handler, 200, b"")

    def counts(self):
        with self.lock:
            return len(self.states["firing"]), len(self.states["resolved"])


class Receiver:
    """Whoever takes the alerts, and how to ask how many it has."""

    def __init__(self, options, directory):
        self.kind = options.peer
        self.notifier = self.address = self.server = None
        if self.kind == "stand-in":
            self.peer = Peer()
            self.address = f"127.0.0.1:{self.peer.port}"
        elif self.kind == "alertmanager":
            self.address = f"127.0.0.1:{web.free_ports(1)[0]}"
            file = os.path.join(directory, "peer.yml")
            with open(file, "w", encoding="utf-8") as out:
                # Its metric counts an alert only once a group with it has been flushed.
                out.write("route: {receiver: none, group_by: [zone], group_wait: 1s, group_interval: 1s}\n"
                          "receivers: [{name: none}]\n")
            self.server = alertmanager("peer", options, directory, file, self.address).start()
            wait_until(lambda: web.is_up(f"http://{self.address}/-/ready"), 30, "the peer is ready")
        else:
            self.peer = Webhook()
            self.notifier = os.path.join(directory, "embedded.yml")
            with open(self.notifier, "w", encoding="utf-8") as out:
                out.write("route: {receiver: hook, group_by: [zone], group_wait: 5s, group_interval: 10s}\n"
                          f"receivers: [{{name: hook, webhook_configs: [{{url: '{self.peer.url}/'}}]}}]\n")

    def section(self):
        return "" if not self.address else (
            f"alerting: {{alertmanagers: [{{static_configs: [{{targets: ['{self.address}']}}]}}]}}\n")

    def firing(self):
        if self.kind != "alertmanager":
            return self.peer.counts()[0]
        page = web.request(f"http://{self.address}/metrics")[1].decode()
        return int(web.metric(page, "alertmanager_alerts", 'state="active"') or 0)

    def resolved(self, count):
        if self.kind != "alertmanager":
            return self.peer.counts()[1]
        return count - self.firing()


class Prober:
    """Asks the API once in a while and keeps how long answers took."""

    def __init__(self, url):
        self.url = url
        self.times = {"/api/v1/alerts": [], "/api/v1/rules": [], "/api/v1/query?query=count(flood)": [], "/-/healthy": []}
        self.failures = 0
        self.is_over = False
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self):
        while not self.is_over:
            for path, times in self.times.items():
                taken, _ = web.timed(self.url + path)
                if taken is None:
                    self.failures += 1
                else:
                    times.append(taken)
            time.sleep(0.5)

    def end(self):
        self.is_over = True
        self.thread.join(120)


def wait_for(count, measure, seconds):
    """Waits until `measure()` reaches `count`; returns how many seconds that took, or nil, and the last number."""
    start = time.monotonic()
    reached, shown = 0, 0
    while time.monotonic() - start < seconds:
        reached = measure()
        if reached >= count:
            return time.monotonic() - start, reached
        if time.monotonic() - start > shown:
            say(f"  {time.monotonic() - start:4.0f} s  {reached}")
            shown += 15
        time.sleep(0.2)
    return None, reached


def main():
    parser = arguments.parser(__doc__)
    parser.add_argument("--alerts", type=int, default=100_000, help="default: %(default)s")
    parser.add_argument("--peer", choices=["stand-in", "alertmanager", "embedded"], default="stand-in")
    parser.add_argument("--interval", type=int, default=15, help="of scraping and evaluation, in seconds")
    parser.add_argument("--resend", type=int, default=60, help="the resend delay, in seconds")
    parser.add_argument("--answer-within", type=float, default=10, help="the longest time of an answer of the API")
    options = parser.parse_args()
    directory = arguments.directory(options)
    series, receiver = Series(options.alerts), Receiver(options, directory)
    page = Page(series.page)
    subject = Subject(options.subject, directory, options, receiver.notifier, f"{options.resend}s")
    rules = os.path.join(directory, "flood.yml")
    with open(rules, "w", encoding="utf-8") as file:
        file.write("groups:\n- name: flood\n  rules:\n  - alert: Flood\n    expr: flood == 1\n"
                   "    annotations: {summary: 'Number {{ $labels.id }} is {{ $value }}'}\n")
    section = receiver.section() or subject.alerting()
    subject.write(
        f"global: {{scrape_interval: {options.interval}s, evaluation_interval: {options.interval}s}}\n{section}"
        f"rule_files: ['{rules}']\nscrape_configs:\n"
        f"  - {{job_name: flood, static_configs: [{{targets: ['127.0.0.1:{page.port}']}}]}}\n")
    subject.start()
    wait_until(lambda: count(subject) == options.alerts, 120, "all series are stored", every=1)
    quiet = subject.resident_bytes()
    prober = Prober(subject.url)
    limit = 2 * options.resend + 2 * options.interval
    series.value = 1
    say("all series are 1")
    wait_until(lambda: receiver.firing() > 0, 4 * options.interval, "the first alert arrives", every=0.1)
    fired, reached = wait_for(options.alerts, receiver.firing, limit + options.resend)
    # The states' times pass: some are sent again.
    time.sleep(options.resend)
    series.value = 0
    say("all series are 0")
    ended, over = wait_for(options.alerts, lambda: receiver.resolved(options.alerts), limit + options.resend)
    prober.end()
    metrics = subject.metrics()
    dropped = web.metric(metrics, "prometheus_notifications_dropped_total") or 0
    peak = subject.resident_bytes()
    subject.stop()
    results = Results(f"{options.alerts} alerts at once, {options.subject} -> {options.peer}")
    results.claim("all are sent within two resend delays of the first", fired is not None and fired <= 2 * options.resend,
                  f"{reached} in {fired:.0f} s" if fired is not None else f"{reached}")
    results.claim("all resolved ones are, too", ended is not None and ended <= limit,
                  f"{over} in {ended:.0f} s" if ended is not None else f"{over}")
    results.claim("none is dropped", dropped == 0, f"{dropped:.0f}")
    slowest = max((max(times, default=0) for times in prober.times.values()), default=0)
    results.claim(f"the API answers within {options.answer_within:.0f} s", prober.failures == 0
                  and slowest <= options.answer_within, f"{slowest:.2f} s, {prober.failures} without answer")
    print_table(["request", "answers", "median", "slowest"], [
        [path, len(times), f"{sorted(times)[len(times) // 2]:.3f} s" if times else "", f"{max(times, default=0):.3f} s"]
        for path, times in prober.times.items()])
    print_table(["memory before", "at the end"], [[megabytes(quiet), megabytes(peak)]])
    return results.finish()


def count(subject):
    result = subject.get("/api/v1/query?query=count(flood)")["result"]
    return int(result[0]["value"][1]) if result else 0


arguments.run(main)
