#!/usr/bin/env python3
"""1,000 groups of 20 rules at 15 s over 100,000 series: are evaluations on time, at what price?

Twenty targets on loopback expose the series, 100 for each group: five kinds of twenty. Of a group's rules, 13 record
(rates, sums, quantiles and ratios of one kind, two of them of all 100 series) and 7 alert; about one alert in a hundred
is pending, none fires. First the server only scrapes; then the rules are loaded. So the price of the rules is the
difference. With --compare the same is done with Debian's Prometheus afterwards, one after the other, since the machine
is measured, too.
"""
import os
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import arguments, web  # noqa: E402
from harness.stand_ins import Page  # noqa: E402
from harness.subjects import KTSDB, PROMETHEUS, Subject  # noqa: E402
from harness.table import Results, megabytes, print_table, say  # noqa: E402

TARGETS, KINDS, PER_KIND = 20, 5, 20


class Exposition:
    """The targets' pages. Counters grow by a step of their own every 15 seconds."""

    def __init__(self, groups):
        self.groups = groups
        self.step = -1
        self.pages = []
        self.lock = threading.Lock()

    def page(self, path):
        target, step = int(path.split("/")[1]), int(time.time() // 15)
        with self.lock:
            if step != self.step:
                self.step, self.pages = step, [None] * TARGETS
            if self.pages[target] is None:
                self.pages[target] = self.render(target, step % 100_000)
            return self.pages[target]

    def render(self, target, step):
        lines = ["# TYPE load_requests_total counter"]
        for group in range(target, self.groups, TARGETS):
            for kind in range(KINDS):
                for item in range(PER_KIND):
                    value = step * (1 + (group + 7 * kind + 3 * item) % 50)
                    lines.append(f'load_requests_total{{group="g{group}",kind="k{kind}",item="i{item}"}} {value}')
        return ("\n".join(lines) + "\n").encode()


def rules(group):
    """The rules of a group, as YAML."""
    def series(kind):
        return f'load_requests_total{{group="g{group}",kind="k{kind}"}}'
    whole = f'load_requests_total{{group="g{group}"}}'
    lines = [f"  - name: g{group}", "    interval: 15s", "    rules:"]
    def record(name, expression):
        lines.append(f"      - record: group:{name}\n        expr: {expression}\n        labels: {{group: g{group}}}")
    def alert(name, expression):
        lines.append(f"      - alert: {name}\n        expr: {expression}\n        for: 10m\n"
                     f"        labels: {{severity: warning}}\n        annotations: {{summary: 'is {{{{ $value }}}}'}}")
    for kind in range(KINDS):
        record(f"requests_k{kind}:rate5m", f"sum(rate({series(kind)}[5m]))")
        record(f"requests_k{kind}:max", f"max by (item) ({series(kind)} % 7) >= 6")
    record("requests:rate5m", f"sum by (kind) (rate({whole}[5m]))")
    record("requests:quantile", f"quantile(0.9, rate({series(0)}[5m]))")
    record("requests:count", f"count({whole})")
    for kind in range(KINDS):
        alert(f"Many{kind}", f"sum(rate({series(kind)}[5m])) > 1e6")
    # Pending in one group of a hundred, never firing within the run.
    alert("Present", f"count({series(0)}) > {0 if group % 100 == 0 else 1000}")
    alert("Missing", f"absent({series(1)})")
    return "\n".join(lines)


def write_rules(directory, groups):
    os.makedirs(directory, exist_ok=True)
    for start in range(0, groups, 50):
        with open(f"{directory}/rules-{start:04}.yml", "w", encoding="utf-8") as file:
            file.write("groups:\n" + "\n".join(rules(group) for group in range(start, min(groups, start + 50))) + "\n")


class Measurement:
    """A server over time: processor and memory every 15 seconds."""

    def __init__(self, subject, seconds):
        start, cpu = time.monotonic(), subject.cpu_seconds()
        self.memory = [subject.resident_bytes()]
        while time.monotonic() - start < seconds:
            time.sleep(min(15, max(0.1, seconds - (time.monotonic() - start))))
            self.memory.append(subject.resident_bytes())
        self.cores = (subject.cpu_seconds() - cpu) / (time.monotonic() - start)


def look(kind, options, directory, page_url, rule_files):
    """Measures one server; returns what was found."""
    subject = Subject(kind, directory, options)
    targets = "".join(
        f"  - job_name: t{target}\n    metrics_path: /{target}\n    static_configs: [{{targets: ['{page_url}']}}]\n"
        for target in range(TARGETS))
    head = "global: {scrape_interval: 15s, evaluation_interval: 15s}\n"
    subject.write(head + "scrape_configs:\n" + targets)
    subject.start()
    say(f"{kind}: scrapes {options.groups * KINDS * PER_KIND} series, without rules")
    time.sleep(options.settle)
    before = Measurement(subject, options.baseline)
    subject.write(head + f"rule_files: ['{rule_files}/*.yml']\nscrape_configs:\n" + targets)
    subject.reload()
    say(f"{kind}: evaluates {options.groups * 20} rules")
    time.sleep(options.settle)
    names = {name: f"prometheus_rule_{name}_total" for name in (
        "group_iterations", "group_iterations_missed", "evaluations", "evaluation_failures")}
    page = subject.metrics()
    first = {name: web.metric(page, metric) or 0 for name, metric in names.items()}
    during = Measurement(subject, options.duration)
    page = subject.metrics()
    counts = {name: (web.metric(page, metric) or 0) - first[name] for name, metric in names.items()}
    lag = time.time() - min(
        (float(line.rsplit(" ", 1)[1]) for line in page.splitlines()
         if line.startswith("prometheus_rule_group_last_evaluation_timestamp_seconds{")), default=0)
    alerts = len(subject.get("/api/v1/alerts")["alerts"])
    subject.stop()
    return {"before": before, "during": during, "counts": counts, "lag": lag, "alerts": alerts}


def report(kind, found, options, results):
    before, during, counts = found["before"], found["during"], found["counts"]
    quarter = max(1, len(during.memory) // 4)
    early, late = max(during.memory[:quarter]), max(during.memory[-quarter:])
    expected = options.groups * options.duration / 15
    if results:
        results.claim("no iteration is missed", counts["group_iterations_missed"] == 0,
                      f"{counts['group_iterations_missed']:.0f} of {counts['group_iterations']:.0f}")
        results.claim("groups are evaluated every 15 s", counts["group_iterations"] >= 0.95 * expected,
                      f"{counts['group_iterations']:.0f}, {expected:.0f} expected; the latest {found['lag']:.1f} s ago")
        results.claim("no rule fails", counts["evaluation_failures"] == 0, f"{counts['evaluation_failures']:.0f}")
        results.claim("rules take under 0.3 of a core", during.cores - before.cores < 0.3,
                      f"{during.cores - before.cores:.3f}")
        results.claim("memory grows by less than a quarter after the first quarter of the run", late < 1.25 * early,
                      f"{megabytes(early)} -> {megabytes(late)}")
    return [kind, f"{before.cores:.3f}", f"{during.cores:.3f}", f"{during.cores - before.cores:.3f}",
            f"{counts['evaluations'] / options.duration:.0f}", f"{counts['group_iterations_missed']:.0f}",
            megabytes(before.memory[-1]), megabytes(early), megabytes(late), found["alerts"]]


def main():
    parser = arguments.parser(__doc__)
    parser.add_argument("--groups", type=int, default=1000, help="default: %(default)s")
    parser.add_argument("--duration", type=float, default=600, help="seconds with rules; default: %(default)s")
    parser.add_argument("--baseline", type=float, default=120, help="seconds without rules; default: %(default)s")
    parser.add_argument("--settle", type=float, default=45, help="seconds before each; default: %(default)s")
    parser.add_argument("--compare", action="store_true", help="then measure Debian's Prometheus, too")
    options = parser.parse_args()
    directory = arguments.directory(options)
    rule_files = os.path.join(directory, "rules")
    write_rules(rule_files, options.groups)
    page = Page(Exposition(options.groups).page)
    results = Results(f"{options.groups} groups of 20 rules at 15 s over {options.groups * KINDS * PER_KIND} series")
    rows = []
    for kind in [options.subject] + ([PROMETHEUS] if options.compare and options.subject == KTSDB else []):
        found = look(kind, options, directory, f"127.0.0.1:{page.port}", rule_files)
        rows.append(report(kind, found, options, results if kind == options.subject else None))
    print_table(["server", "cores, scraping", "with rules", "rules alone", "rules/s", "missed", "memory, scraping",
                 "early", "late", "alerts"], rows)
    return results.finish()


arguments.run(main)
