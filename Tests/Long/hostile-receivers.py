#!/usr/bin/env python3
"""Receivers that hang, trickle, fail, ask to wait or answer 100 MB, and a good one among them.

Every alert goes to all of them. The good one has to be notified on time, the API has to answer, memory has to stay
bounded, and the log has to name each receiver that fails. A receiver that answers 429 with Retry-After is not asked
again before. Then an alert with 10 MB of annotations is posted, and (with ktsdb) a receiver has templates that do not
end, which has to cost the others nothing, and still has to send a message that names the error.

At last the wall clock jumps an hour forward and an hour back (with ktsdb, if libfaketime is installed): rules are still
evaluated, the good receiver is still notified on time, and nothing is sent again.
"""
import glob
import json
import os
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import arguments, web  # noqa: E402
from harness.stand_ins import Page, StandIn  # noqa: E402
from harness.subjects import KTSDB, Subject  # noqa: E402
from harness.table import Results, megabytes, print_table, say  # noqa: E402

KINDS = ["hang", "trickle", "drip", "fail", "wait", "huge", "hugefail", "reset"]
# These say at once that they took the message; only their answer has no end.
DELIVERED = ["drip", "huge"]
RETRY_AFTER = 15
LOOP = '{{ define "loop" }}{{ template "loop" . }}{{ end }}{{ template "loop" . }}'
LETTERS = 'stringSlice "a" "b" "c" "d" "e" "f" "g" "h" "i" "j"'
EXPLOSION = "".join(f"{{{{ range {LETTERS} }}}}" for _ in range(9)) + "x" + "{{ end }}" * 9


class Hostile(StandIn):
    """Answers as its kind does."""

    def __init__(self, kind):
        self.kind = kind
        self.is_over = threading.Event()
        super().__init__()

    def handle(self, handler):
        body = self.read(handler)
        # Whom the message is about is all that matters of it.
        self.keep(json.loads(body)["groupLabels"].get("id", ""), b"")
        getattr(self, self.kind)(handler)

    def hang(self, handler):
        self.is_over.wait(3600)

    def trickle(self, handler):
        self.drip(handler, b"HTTP/1.1 200 OK\r\nX-Slow: ")

    def drip(self, handler, start=b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"):
        handler.wfile.write(start)
        while not self.is_over.wait(1):
            handler.wfile.write(b"x")
            handler.wfile.flush()

    def fail(self, handler):
        self.answer(handler, 500, b"out of order")

    def wait(self, handler):
        self.answer(handler, 429, b"not so fast", [("Retry-After", str(RETRY_AFTER))])

    def huge(self, handler, status=200):
        handler.wfile.write(b"HTTP/1.1 %d OK\r\nContent-Length: 100000000\r\n\r\n" % status)
        piece = b"y" * 1_000_000
        for _ in range(100):
            handler.wfile.write(piece)

    def hugefail(self, handler):
        self.huge(handler, 500)

    def reset(self, handler):
        handler.close_connection = True
        handler.connection.close()


class Run:
    def __init__(self, options):
        self.options = options
        self.directory = arguments.directory(options)
        self.hostile = {kind: Hostile(kind) for kind in KINDS}
        self.good = StandIn()
        self.slack = StandIn()
        self.page = Page(lambda _: b"steady_state 1\n")
        self.clock = os.path.join(self.directory, "clock")
        self.set_clock(0)
        notifier, rules = os.path.join(self.directory, "notifier.yml"), os.path.join(self.directory, "rules.yml")
        with open(notifier, "w", encoding="utf-8") as file:
            file.write(self.notifier())
        with open(rules, "w", encoding="utf-8") as file:
            file.write("groups: [{name: g, interval: 1s, rules: [{alert: Steady, expr: steady_state == 1}]}]\n")
        self.subject = Subject(options.subject, self.directory, options, notifier, "5s",
                               environment=self.environment())
        self.subject.write(
            "global: {scrape_interval: 1s, evaluation_interval: 1s}\n" + self.subject.alerting()
            + f"rule_files: ['{rules}']\nscrape_configs:\n"
            f"  - {{job_name: page, static_configs: [{{targets: ['127.0.0.1:{self.page.port}']}}]}}\n")
        self.delays = {}

    @property
    def is_ktsdb(self):
        return self.options.subject == KTSDB

    def notifier(self):
        names = KINDS + (["loop", "explosion"] if self.is_ktsdb else [])
        lines = ["route:", "  receiver: good", "  group_by: [alertname, id]", "  group_wait: 1s",
                 "  group_interval: 5s", "  repeat_interval: 12h", "  routes:"]
        lines += [f"  - {{receiver: {name}, continue: true}}" for name in names] + ["  - {receiver: good}"]
        lines += ["receivers:", f"- {{name: good, webhook_configs: [{{url: '{self.good.url}/'}}]}}"]
        lines += [f"- {{name: {kind}, webhook_configs: [{{url: '{self.hostile[kind].url}/'}}]}}" for kind in KINDS]
        for name, text in (("loop", LOOP), ("explosion", EXPLOSION)):
            if name in names:
                lines.append(f"- {{name: {name}, slack_configs: [{{api_url: '{self.slack.url}/{name}', channel: c, "
                             f"text: '{text}'}}]}}")
        return "\n".join(lines) + "\n"

    # The clock

    def environment(self):
        """Runs the server with a clock that the run can set; monotonic clocks are left alone."""
        libraries = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
        self.can_jump = bool(libraries) and self.is_ktsdb and not self.options.without_jumps
        return {"LD_PRELOAD": libraries[0], "FAKETIME_TIMESTAMP_FILE": self.clock, "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"} if self.can_jump else None

    def set_clock(self, seconds):
        with open(self.clock + ".new", "w", encoding="utf-8") as file:
            file.write(f"{seconds:+d}s\n")
        os.rename(self.clock + ".new", self.clock)

    # Alerts

    def post(self, name, annotations=None):
        alert = {"labels": {"alertname": "Posted", "id": name}, "annotations": annotations or {"summary": name}}
        return web.request(self.subject.notifier_url + "/api/v2/alerts", [alert], "POST", timeout=60)[0]

    def arrival(self, name, seconds):
        """Waits for the good receiver's message about an alert; nil if there is none."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for message in self.good.messages():
                if any(alert["labels"].get("id") == name for alert in message.json["alerts"]):
                    return message.time
            time.sleep(0.05)
        return None

    def series(self, phase, count, pause):
        """Posts alerts one after the other and measures when the good receiver has each."""
        for index in range(count):
            name, start = f"{phase}{index}", time.time()
            self.post(name)
            arrival = self.arrival(name, 20)
            self.delays.setdefault(phase, []).append(None if arrival is None else arrival - start)
            time.sleep(pause)

    def messages_about(self, name):
        return sum(alert["labels"]["alertname"] == name for message in self.good.messages()
                   for alert in message.json["alerts"])

    def evaluations(self):
        return web.metric(self.subject.metrics(), "prometheus_rule_evaluations_total") or 0


def main():
    parser = arguments.parser(__doc__)
    parser.add_argument("--alerts", type=int, default=20, help="how many are posted in each part; default: %(default)s")
    parser.add_argument("--on-time", type=float, default=3, help="seconds from an alert to the good receiver, group_wait "
                        "of 1 s included; default: %(default)s")
    parser.add_argument("--memory", type=float, default=300, help="MB by which memory may grow; default: %(default)s")
    parser.add_argument("--without-jumps", action="store_true", help="leave the clock alone")
    options = parser.parse_args()
    run = Run(options)
    run.subject.start()
    time.sleep(3)
    memory, peak, answers = run.subject.resident_bytes(), [0], []
    is_over = threading.Event()

    def probe():
        while not is_over.wait(0.5):
            peak[0] = max(peak[0], run.subject.resident_bytes())
            answers.append(web.timed(run.subject.notifier_url + "/api/v2/alerts", 20)[0])

    thread = threading.Thread(target=probe, daemon=True)
    thread.start()
    say("hostile receivers")
    run.series("hostile", options.alerts, 0.5)
    say("10 MB of annotations")
    big = run.post("big", {"summary": "z" * 10_000_000})
    run.series("big", 5, 0.5)
    jumps = []
    if run.can_jump:
        for seconds in (3600, -3600, 0):
            say(f"the clock jumps to {seconds:+d} s")
            steady, evaluations = run.messages_about("Steady"), run.evaluations()
            run.set_clock(seconds)
            run.series(f"jump{seconds:+d}", 5, 0.5)
            time.sleep(5)
            jumps.append((run.evaluations() - evaluations, run.messages_about("Steady") - steady))
    is_over.set()
    thread.join(30)
    log = run.subject.log()
    if big == 200:
        run.arrival("big", 10)
    run.subject.stop()
    for stand_in in run.hostile.values():
        stand_in.is_over.set()
    return report(run, memory, peak[0], answers, big, jumps, log)


def report(run, memory, peak, answers, big, jumps, log):
    results = Results(f"Hostile receivers of {run.options.subject}")
    print_table(["part", "alerts", "reached", "median", "slowest"], [
        [part, len(delays), sum(delay is not None for delay in delays), *seconds(delays)]
        for part, delays in run.delays.items()])
    print_table(["receiver", "requests"], [[kind, len(run.hostile[kind].messages())] for kind in KINDS])
    for part, delays in run.delays.items():
        slowest = max((delay if delay is not None else 99 for delay in delays), default=99)
        results.claim(f"{part}: the good receiver is notified within {run.options.on_time} s",
                      slowest <= run.options.on_time, f"{slowest:.1f} s")
    missing = [kind for kind in KINDS if kind not in DELIVERED and not named(log, kind)]
    results.claim("the log names each receiver that fails", not missing, ", ".join(missing) or "all")
    early, gaps = early_requests(run.hostile["wait"])
    results.claim(f"429 with Retry-After: {RETRY_AFTER} is waited for", early == 0, f"{early} of {gaps} came earlier")
    results.claim(f"memory grows by less than {run.options.memory:.0f} MB", peak - memory < run.options.memory * 1e6,
                  f"{megabytes(memory)} -> {megabytes(peak)}")
    slow = [answer for answer in answers if answer is None or answer > 2]
    results.claim("the API answers within 2 s", answers and not slow, f"{len(slow)} of {len(answers)} do not")
    results.claim("10 MB of annotations are taken or refused", big in (200, 400, 413), big)
    if run.is_ktsdb:
        texts = {name: [message.body.decode(errors="replace") for message in run.slack.messages()
                        if message.path == "/" + name] for name in ("loop", "explosion")}
        results.claim("templates that do not end send a message that names the error",
                      all(texts.values()) and all("template" in text or "limit" in text
                                                  for each in texts.values() for text in each),
                      ", ".join(f"{name} {len(each)}" for name, each in texts.items()))
    for (evaluations, repeated), name in zip(jumps, ("forward", "back", "home")):
        results.claim(f"clock {name}: rules are evaluated, nothing is sent again", evaluations >= 4 and repeated == 0,
                      f"{evaluations:.0f} evaluations, {repeated} messages again")
    return results.finish()


def early_requests(receiver):
    """How often the receiver was asked again about an alert before the time that it named, and how often at all."""
    moments, gaps = {}, []
    for message in receiver.messages():
        if message.path in moments:
            gaps.append(message.time - moments[message.path])
        moments[message.path] = message.time
    return sum(gap < RETRY_AFTER - 0.5 for gap in gaps), len(gaps)


def named(log, kind):
    """Whether a line of the log that is no routine has the receiver's name."""
    return any(kind in line for line in log.splitlines() if "level=info" not in line and "level=debug" not in line)


def seconds(delays):
    known = sorted(delay for delay in delays if delay is not None)
    return (f"{known[len(known) // 2]:.2f} s", f"{known[-1]:.2f} s") if known else ("", "")


arguments.run(main)
