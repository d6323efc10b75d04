#!/usr/bin/env python3
"""The seed's alerting in real time, in three places at once:

  Prometheus -> Alertmanager        the reference, Debian's packages
  ktsdb -> its embedded notifier
  ktsdb -> Alertmanager             as for whoever keeps one

kerp-load serves the service's metrics to both, well, badly, and well again. Each of the ten alerts that can fire has to
fire and to resolve in each place, with the same labels and annotations; local stand-ins for Slack and PagerDuty have to
receive equal bodies. Values within annotations may differ a little, because the two scrape at different moments; with
--push both are sent the same samples instead, and they may not.

The rules, the configuration of the notifier and the scraping are the seed's files with this run's addresses in them.
With --fast all times in them are a thirtieth.
"""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import arguments, notifications, pagerduty, seed, web  # noqa: E402
from harness.processes import RunError, Server, wait_until  # noqa: E402
from harness.stand_ins import StandIn  # noqa: E402
from harness.subjects import KTSDB, PROMETHEUS, Subject, alertmanager, program  # noqa: E402
from harness.table import Results, print_table, say  # noqa: E402

KEY = "0123456789abcdef0123456789abcdef"
CRITICAL = {"HighErrorRate", "APIDown", "DatabaseConnectionPoolExhausted", "PopbillAPIErrors",
            "TaxInvoiceFailureSpike"}


class Place:
    """A notifier and the stand-ins that it delivers to."""

    def __init__(self, name, directory, certificates):
        self.name = name
        authority, certificate, key = certificates
        self.slack = StandIn()
        self.pagerduty = pagerduty.PagerDuty(certificate, key)
        self.proxy = pagerduty.Proxy(self.pagerduty.port)
        self.authority = authority
        self.file = os.path.join(directory, name + ".yml")
        self.ports = []

    @property
    def slack_url(self):
        return self.slack.url + "/services/T0/B0/X0"

    def write(self, files, expands=False):
        """Writes the seed's configuration for this place; with the variables in it if the server `expands` them."""
        text = files.notifier(
            None if expands else self.slack_url, KEY, self.proxy.url, self.authority)
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(text)

    def collect(self):
        return notifications.collect(self.slack, self.pagerduty, self.ports)


class Watch:
    """The alerts of a server as its API has shown them."""

    def __init__(self, subject):
        self.subject = subject
        self.fired = {}
        self.annotations = {}
        self.firing = set()

    def look(self):
        now = time.time()
        self.firing = set()
        for alert in self.subject.get("/api/v1/alerts")["alerts"]:
            if alert["state"] != "firing":
                continue
            labels = tuple(sorted(alert["labels"].items()))
            self.firing.add(labels)
            self.fired.setdefault(labels, now)
            self.annotations[labels] = alert["annotations"]


class Run:
    def __init__(self, options):
        self.options = options
        self.directory = arguments.directory(options)
        self.files = seed.Seed(options.seed, options.factor)
        certificates = pagerduty.make_certificates(self.directory)
        self.places = {name: Place(name, self.directory, certificates)
                       for name in ("reference", "embedded", "kept")}
        self.rules = os.path.join(self.directory, "alerts")
        os.makedirs(self.rules, exist_ok=True)
        with open(self.rules + "/api-alerts.yml", "w", encoding="utf-8") as file:
            file.write(self.files.rules())
        self.targets = os.path.join(self.directory, "targets.json")

    def start(self):
        options = self.options
        resend = f"{60_000 // options.factor}ms"
        reference, embedded, kept = (self.places[name] for name in ("reference", "embedded", "kept"))
        for place in self.places.values():
            place.write(self.files, expands=place is embedded)
        port = web.free_ports(1)[0]
        self.kept_address = f"127.0.0.1:{port}"
        self.kept = alertmanager("kept", options, self.directory, kept.file, self.kept_address).start()
        variables = {"SLACK_WEBHOOK_URL": embedded.slack_url, "PAGERDUTY_SERVICE_KEY": KEY}
        self.prometheus = Subject(PROMETHEUS, self.directory, options, reference.file, resend)
        self.subjects = [self.prometheus]
        if options.without_ktsdb:
            del self.places["embedded"], self.places["kept"]
        else:
            self.ktsdb = Subject(KTSDB, self.directory, options, embedded.file, resend, environment=variables)
            self.subjects.append(self.ktsdb)
        for subject in self.subjects:
            # Nothing is scraped until the past is there: Prometheus takes no sample that is older than what it has.
            subject.write("global: {}\n")
            subject.start()
        for place, subject in ((reference, self.prometheus), (embedded, self.subjects[-1]), (kept, self.subjects[-1])):
            place.ports = [address.rsplit(":", 1)[1] for address in (
                subject.address, subject.notifier_address, self.kept_address)]

    def start_load(self):
        options, seconds = self.options, self.files.seconds
        urls = [subject.url + "/api/v1/write" for subject in self.subjects]
        flags = [f"--remote-write={url}" for url in urls]
        if options.push:
            flags += ["--push", f"--push-interval={15_000 // options.factor}ms"]
        self.load = Server("kerp-load", [
            program(options.kerp_load), "--listen=127.0.0.1:0", "--control=127.0.0.1:0", "--log=none",
            f"--targets-file={self.targets}", f"--backfill={90_000_000 // options.factor}ms",
            f"--backfill-step={30_000 // options.factor}ms", f"--tick={max(100, 1000 // options.factor)}ms",
            f"--rate={20 if options.factor == 1 else 60}", f"--seed={options.seed_number}",
            *(f"--{phase}={int(seconds(length) * 1000)}ms" for phase, length in options.phases.items()), *flags,
        ], self.directory).start()
        say("kerp-load sends the past")
        wait_until(self.is_serving, 900, "kerp-load has sent the past", every=0.2)
        for subject in self.subjects:
            notifier = subject.notifier_address if subject is self.prometheus else self.kept_address
            text = self.files.prometheus(subject.address, notifier, self.rules + "/*.yml", self.targets)
            if options.push:
                text = without_job(text, "kerp-api")
            subject.write(text)
            subject.reload()

    def is_serving(self):
        if not self.load.is_alive():
            raise RunError(f"kerp-load has ended:\n{self.load.tail()}")
        return "serving" in self.load.log()

    def watch(self):
        """Looks at the alerts until all messages have come, or it is too late."""
        seconds = self.files.seconds
        start = time.time()
        lengths = [seconds(length) for length in self.options.phases.values()]
        end = start + sum(lengths) + seconds("10m")
        watches = [Watch(subject) for subject in self.subjects]
        shown = None
        while time.time() < end and not (time.time() > start + lengths[0] + lengths[1] and self.is_complete()):
            for watch in watches:
                watch.look()
            line = ", ".join(f"{watch.subject.name} {len(watch.firing)}" for watch in watches)
            if line != shown:
                say(f"  {time.time() - start:6.0f} s  firing: {line}")
                shown = line
            time.sleep(seconds("15s"))
        return watches

    def is_complete(self):
        return all(self.expected() <= set(place.collect()[0]) for place in self.places.values())

    def expected(self):
        """The keys of the messages that each place has to receive."""
        keys = set()
        for alert in seed.ABLE:
            channel = "#kerp-alerts-critical" if alert in CRITICAL else "#kerp-alerts"
            for status in ("FIRING", "RESOLVED"):
                keys.add(("slack", channel, alert, status))
                if alert in CRITICAL:
                    keys.add(("pagerduty", KEY, alert, status))
        return keys


def without_job(text, job):
    start = text.index(f"  - job_name: '{job}'")
    end = text.find("  - job_name:", start + 1)
    return text[:start] + (text[end:] if end >= 0 else "")


def compare_alerts(run, watches, results):
    """The alerts of the two servers: which fired, with which labels and annotations."""
    rows, largest, equal, total = [], 0, 0, 0
    for alert in seed.ABLE:
        found = [{labels: watch.annotations[labels] for labels in watch.fired if dict(labels)["alertname"] == alert}
                 for watch in watches]
        row = [alert] + ["yes" if each else "NO" for each in found]
        if len(found) == 2:
            same = set(found[0]) == set(found[1])
            apart = max((notifications.difference(found[0][labels], found[1][labels])
                         for labels in set(found[0]) & set(found[1])), default=float("inf"))
            times = [min((watch.fired[labels] for labels in each), default=0) for watch, each in zip(watches, found)]
            row += ["yes" if same else "NO", f"{apart:.2%}", f"{times[1] - times[0]:+.1f} s"]
            largest = max(largest, apart if same else float("inf"))
            equal, total = equal + (apart == 0), total + 1
        rows.append(row)
    head = ["alert"] + [f"fires in {watch.subject.name}" for watch in watches]
    print_table(head + ["labels equal", "values apart", "fired later"] if len(watches) == 2 else head, rows)
    for watch in watches:
        names = {dict(labels)["alertname"] for labels in watch.fired}
        results.claim(f"{watch.subject.name}: the ten alerts that can fire do, no other", names == set(seed.ABLE),
                      f"{len(names & set(seed.ABLE))} of 10" + "".join(f", {name}" for name in names - set(seed.ABLE)))
        results.claim(f"{watch.subject.name}: nothing fires at the end", not watch.firing, len(watch.firing))
    if len(watches) == 2:
        results.claim("labels and annotations are equal, values but for the tolerance",
                      largest <= run.options.tolerance, f"{equal} of {total} exactly, values at most {largest:.2%} apart")


def compare_messages(run, results):
    """What the stand-ins have received, place by place."""
    reference, counts = run.places["reference"].collect()
    expected = run.expected()
    for name, place in run.places.items():
        first, own_counts = place.collect()
        missing, more = expected - set(first), set(first) - expected
        results.claim(f"{name}: a message when each alert fires and one when it resolves", not missing and not more,
                      f"{len(expected & set(first))} of {len(expected)}" + "".join(f", more: {key}" for key in more))
        results.claim(f"{name}: no message twice", max(own_counts.values(), default=0) <= 1,
                      sum(own_counts.values()) - len(own_counts))
        if name == "reference":
            continue
        differences = {key: notifications.difference(reference[key].body, first[key].body)
                       for key in set(reference) & set(first)}
        largest = max(differences.values(), default=float("inf"))
        exact = sum(value == 0 for value in differences.values())
        results.claim(f"{name}: bodies are equal to the reference's, values but for the tolerance",
                      largest <= run.options.tolerance,
                      f"{exact} of {len(differences)} exactly, values at most {largest:.2%} apart")
        for key, value in differences.items():
            if value > run.options.tolerance:
                say(f"  {key}\n    reference {reference[key].body}\n    {name} {first[key].body}")


def main():
    parser = arguments.parser(__doc__, subject=False)
    parser.add_argument("--kerp-load", default=f"{arguments.ROOT}/.build/release/kerp-load",
                        help="the load program; default: %(default)s")
    parser.add_argument("--seed", default=f"{arguments.ROOT}/../shared/seed", metavar="DIR",
                        help="the directory of the seed's files; default: %(default)s")
    parser.add_argument("--seed-number", type=int, default=1, help="of kerp-load's random numbers")
    parser.add_argument("--fast", action="store_true", help="a thirtieth of all times: about two minutes")
    parser.add_argument("--push", action="store_true", help="send the same samples to both instead of being scraped")
    parser.add_argument("--without-ktsdb", action="store_true", help="the reference alone")
    parser.add_argument("--tolerance", type=float, help="how far values may differ; default: 0.05, with --fast 0.3")
    options = parser.parse_args()
    options.factor = 30 if options.fast else 1
    options.phases = {"good": "4m", "bad": "18m", "recovered": "12m"}
    if options.tolerance is None:
        options.tolerance = 0.3 if options.fast else 0.05
    run = Run(options)
    run.start()
    run.start_load()
    watches = run.watch()
    results = Results("The seed's alerts in real time" + (", thirty times as fast" if options.fast else ""))
    compare_alerts(run, watches, results)
    compare_messages(run, results)
    return results.finish()


arguments.run(main)
