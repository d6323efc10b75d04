#!/usr/bin/env python3
"""Kill -9 twenty times at random moments, with alerts pending, firing and resolving, groups open, and silences.

A page is scraped every second; its series go on and off by a plan with a seed. What the receiver got is compared with
the plan:

  Work    on and off again: one message for each time that it fires, one for each time that it resolves
  Slow    `for: 60s`, several times as long as the server lives: fires all the same
  Open    `group_wait: 20s`: the wait goes on after a start, it does not begin again
  Steady  `repeat_interval: 20s`: repeated on time, not at each start
  Quiet   silenced, by silences made right before the server is killed: never sent

A message may come twice only if the first one was sent less than --window seconds before the server was killed: it was
delivered, and the log did not know it yet. `activeAt` of alerts has to be the same before and after.

Prometheus and Alertmanager do not promise this; with --subject prometheus the claims show how they fare.
"""
import os
import random
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import arguments, web  # noqa: E402
from harness.processes import RunError, wait_until  # noqa: E402
from harness.stand_ins import Page, StandIn, parse_time  # noqa: E402
from harness.subjects import Subject  # noqa: E402
from harness.table import Results, print_table, say  # noqa: E402

RULES = """groups:
- name: kill
  interval: 1s
  rules:
  - {alert: Work, expr: work_state == 1, for: 3s}
  - {alert: Slow, expr: slow_state == 1, for: 60s}
  - {alert: Open, expr: open_state == 1}
  - {alert: Steady, expr: steady_state == 1}
  - {alert: Quiet, expr: quiet_state == 1}
"""
NOTIFIER = """route:
  receiver: hook
  group_by: [alertname, id]
  group_wait: 1s
  group_interval: 2s
  repeat_interval: 1h
  routes:
  - {matchers: [alertname="Open"], group_wait: 20s}
  - {matchers: [alertname="Steady"], repeat_interval: 20s}
receivers:
- name: hook
  webhook_configs: [{url: '%s/'}]
"""


class Plan:
    """When series are 1."""

    def __init__(self, seed, start, length):
        generator = random.Random(seed)
        self.start = start
        self.periods = {}
        for index in range(24):
            self.periods["work", f"w{index}"] = self.toggling(generator, length, (14, 26), (12, 24))
        for index in range(6):
            self.periods["open", f"o{index}"] = self.toggling(generator, length, (34, 44), (12, 24))
        for index in range(4):
            self.periods["slow", f"s{index}"] = [(start + generator.uniform(2, 30), float("inf"))]
        for index in range(2):
            self.periods["steady", f"r{index}"] = [(start + 2, float("inf"))]

    def toggling(self, generator, length, on, off):
        periods, now = [], self.start + generator.uniform(2, 20)
        while now + on[1] + 25 < self.start + length:
            periods.append((now, now + generator.uniform(*on)))
            now = periods[-1][1] + generator.uniform(*off)
        return periods

    def is_on(self, key, now):
        return any(start <= now < end for start, end in self.periods[key])

    def page(self, _):
        now = time.time()
        lines = [f'{kind}_state{{id="{name}"}} {int(self.is_on((kind, name), now))}'
                 for kind, name in list(self.periods)]
        return ("\n".join(lines) + "\n").encode()


class Run:
    def __init__(self, options):
        self.options = options
        directory = arguments.directory(options)
        self.random = random.Random(options.seed)
        self.length = max(110, options.kills * (options.between + 3) + 60)
        self.plan = Plan(options.seed, time.time() + 3, self.length)
        self.page = Page(self.plan.page)
        self.hook = StandIn()
        rules, notifier = os.path.join(directory, "rules.yml"), os.path.join(directory, "notifier.yml")
        for path, text in ((rules, RULES), (notifier, NOTIFIER % self.hook.url)):
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        self.subject = Subject(options.subject, directory, options, notifier, "5s")
        self.subject.write(
            "global: {scrape_interval: 1s, evaluation_interval: 1s}\n" + self.subject.alerting()
            + f"rule_files: ['{rules}']\nscrape_configs:\n"
            f"  - {{job_name: plan, static_configs: [{{targets: ['127.0.0.1:{self.page.port}']}}]}}\n")
        self.downtimes = []
        self.kills = []
        self.silences = []
        self.moved = []
        self.compared = 0

    def work(self):
        self.subject.start()
        for number in range(self.options.kills):
            time.sleep(self.random.uniform(0.3, 1.7) * self.options.between)
            self.kill(number)
        # What is on goes off and is resolved; what is slow has its time.
        end = self.plan.start + self.length
        say(f"waits {max(0, end - time.time()):.0f} s for what is still due")
        time.sleep(max(0, end - time.time()))
        self.left = self.active_silences()
        self.subject.stop()

    def kill(self, number):
        before = self.alerts()
        self.silence(f"q{number}")
        time.sleep(self.random.uniform(0, 0.3))
        start = time.time()
        self.subject.kill()
        self.kills.append(start)
        self.subject.start()
        self.downtimes.append((start, time.time()))
        self.plan.periods["quiet", f"q{number}"] = [(time.time(), float("inf"))]
        say(f"  kill {number + 1}: back after {time.time() - start:.1f} s, "
            f"{sum(state == 'pending' for state, _ in before.values())} pending, "
            f"{sum(state == 'firing' for state, _ in before.values())} firing")
        self.compare(before, start)

    def alerts(self):
        found = {}
        for alert in self.subject.get("/api/v1/alerts")["alerts"]:
            key = alert["labels"]["alertname"].lower(), alert["labels"]["id"]
            found[key] = alert["state"], parse_time(alert["activeAt"])
        return found

    def compare(self, before, killed):
        """Alerts whose series stayed on have to be active since the same time."""
        wait_until(lambda: self.alerts(), 15, "there are alerts after the start", every=0.2)
        time.sleep(2.5)
        after, now = self.alerts(), time.time()
        for key, (state, active_at) in before.items():
            if not all(self.plan.is_on(key, moment) for moment in (killed - 2, killed, now)):
                continue
            if any(start > killed - 2 for start, _ in self.plan.periods[key] if start < now):
                continue
            self.compared += 1
            if key not in after:
                self.moved.append((key, state, "gone"))
            elif abs(after[key][1] - active_at) > 0.01:
                self.moved.append((key, state, f"{after[key][1] - active_at:+.1f} s"))

    def silence(self, name):
        body = {"matchers": [{"name": "id", "value": name, "isRegex": False, "isEqual": True}],
                "startsAt": zulu(time.time()), "endsAt": zulu(time.time() + 3600), "createdBy": "run",
                "comment": "survives"}
        status, answer = web.request(self.subject.notifier_url + "/api/v2/silences", body, "POST")
        if status != 200:
            raise RunError(f"a silence is not taken: {status} {answer.decode(errors='replace')}")
        self.silences.append(name)

    def active_silences(self):
        listed = web.get_json(self.subject.notifier_url + "/api/v2/silences")
        return {silence["matchers"][0]["value"] for silence in listed if silence["status"]["state"] == "active"}


def zulu(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds % 1 * 1000):03}Z"


class Verdict:
    """Compares what the receiver got with the plan."""

    def __init__(self, run):
        self.run = run
        self.lost, self.twice, self.allowed, self.late, self.early = [], [], 0, [], []
        self.expected = 0
        self.messages = {}
        for message in run.hook.messages():
            for alert in message.json["alerts"]:
                key = alert["labels"]["alertname"].lower(), alert["labels"]["id"]
                self.messages.setdefault(key, []).append((message.time, alert["status"]))

    def downtime(self, start, end):
        return sum(max(0, min(end, up) - max(start, down)) for down, up in self.run.downtimes)

    def without_doubles(self, key):
        """The messages about an alert without those that the log may not have known."""
        kept = []
        for moment, status in self.messages.get(key, []):
            if kept and kept[-1][1] == status and key[0] != "steady":
                if any(kept[-1][0] - 0.2 <= kill <= kept[-1][0] + self.run.options.window for kill in self.run.kills):
                    self.allowed += 1
                else:
                    self.twice.append((key, status, f"{moment - kept[-1][0]:.1f} s apart"))
            else:
                kept.append((moment, status))
        return kept

    def toggling(self, kind, delay):
        """Each period has to have a message at its begin, by `delay` seconds, and one at its end."""
        for key, periods in self.run.plan.periods.items():
            if key[0] != kind:
                continue
            kept = self.without_doubles(key)
            for start, end in periods:
                self.expect(key, kept, "firing", start + delay, min(end, start + delay + 30))
                if end < float("inf"):
                    self.expect(key, kept, "resolved", end, end + 30)

    def expect(self, key, kept, status, due, last):
        self.expected += 1
        found = [moment for moment, what in kept if what == status and due - 1.5 <= moment <= last + 5]
        early = [moment for moment, what in kept if what == status and due - 15 <= moment < due - 1.5]
        if not found:
            (self.early if early else self.lost).append((key, status, f"due at {due - self.run.plan.start:.0f} s"))
            return
        slack = self.run.options.slack + self.downtime(due - 5, found[0])
        if found[0] > due + slack:
            self.late.append((key, status, f"{found[0] - due:.1f} s after it was due"))

    def steady(self):
        gaps = []
        for key in self.run.plan.periods:
            if key[0] != "steady":
                continue
            moments = [moment for moment, _ in self.messages.get(key, [])]
            for one, other in zip(moments, moments[1:]):
                if other - one < 5 and any(one - 0.2 <= kill <= one + self.run.options.window
                                           for kill in self.run.kills):
                    self.allowed += 1
                    continue
                gaps.append((other - one, self.downtime(one + 19, other)))
        return gaps


def main():
    parser = arguments.parser(__doc__)
    parser.add_argument("--kills", type=int, default=20, help="default: %(default)s")
    parser.add_argument("--between", type=float, default=8, help="seconds between two, on average")
    parser.add_argument("--window", type=float, default=1, help="seconds in which a message may be unknown to the log")
    parser.add_argument("--slack", type=float, default=7, help="seconds that scraping, evaluating and grouping take")
    parser.add_argument("--seed", type=int, default=1, help="of the plan and the kills")
    options = parser.parse_args()
    run = Run(options)
    run.work()
    verdict = Verdict(run)
    verdict.toggling("work", 3)
    verdict.toggling("open", 20)
    verdict.toggling("slow", 60)
    gaps = verdict.steady()
    results = Results(f"{options.kills} kills of {options.subject}")
    print_table(["kind", "alerts", "messages"], [
        [kind, sum(key[0] == kind for key in run.plan.periods),
         sum(len(found) for key, found in verdict.messages.items() if key[0] == kind)]
        for kind in ("work", "slow", "open", "steady", "quiet")])
    for name, found in (("lost", verdict.lost), ("twice", verdict.twice), ("late", verdict.late),
                        ("early", verdict.early), ("moved", run.moved)):
        for entry in found[:10]:
            say(f"  {name}: {entry}")
    results.claim("no notification is lost", not verdict.lost, f"{len(verdict.lost)} of {verdict.expected}")
    results.claim("none is doubled but by a kill right after it", not verdict.twice,
                  f"{len(verdict.twice)}, and {verdict.allowed} by kills")
    results.claim("timers go on: none is late or early", not verdict.late and not verdict.early,
                  f"{len(verdict.late)} late, {len(verdict.early)} early")
    results.claim("repeats are on time", bool(gaps) and all(20 <= gap + 0.5 and gap <= 24 + down + 1.5
                                                            for gap, down in gaps),
                  f"{min(gaps)[0]:.1f} to {max(gaps)[0]:.1f} s apart" if gaps else "none")
    results.claim("states go on: activeAt is the same after a start", not run.moved and (run.compared or not run.kills),
                  f"{len(run.moved)} of {run.compared} moved")
    quiet = sum(len(found) for key, found in verdict.messages.items() if key[0] == "quiet")
    results.claim("silences are kept, those made right before a kill, too",
                  set(run.silences) <= run.left and quiet == 0,
                  f"{len(set(run.silences) & run.left)} of {len(run.silences)}, {quiet} messages")
    return results.finish()


arguments.run(main)
