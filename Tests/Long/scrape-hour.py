#!/usr/bin/env python3
"""200 targets of 1,000 series are scraped every second for an hour: is memory flat, and what does it cost?

All targets are paths of one server, in a process of its own, with the same page; each scrape changes all values. Memory
is the resident memory, and that of no file, each minute. It counts as flat if the last quarter's mean is at most
--growth above the second quarter's: within a quarter it rises and falls with what is sealed.
"""
import os
import re
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import arguments, web  # noqa: E402
from harness.subjects import Subject  # noqa: E402
from harness.table import Results, megabytes, print_table, say  # noqa: E402
from harness.targets import Targets  # noqa: E402

def memory(pid):
    """Resident bytes, and those of no file."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        text = file.read()
    return [int(re.search(rf"{name}:\s+(\d+)", text)[1]) * 1024 for name in ("VmRSS", "RssAnon")]


def main():
    parser = arguments.parser(__doc__)
    parser.add_argument("--targets", type=int, default=200, help="default: %(default)s")
    parser.add_argument("--series", type=int, default=1000, help="of each target; default: %(default)s")
    parser.add_argument("--minutes", type=int, default=60, help="default: %(default)s")
    parser.add_argument("--growth", type=float, default=10, help="%% of memory; default: %(default)s")
    options = parser.parse_args()
    targets = Targets(options.targets, options.series)
    subject = Subject(options.subject, arguments.directory(options), options)
    subject.write(targets.configuration)
    subject.start()
    rows, start, cpu = [], time.monotonic(), subject.cpu_seconds()
    for minute in range(1, options.minutes + 1):
        time.sleep(max(0, start + 60 * minute - time.monotonic()))
        resident, anonymous = memory(subject.servers[0].pid)
        rows.append((minute, resident, anonymous, subject.cpu_seconds() - cpu))
        if minute % 5 == 0:
            say(f"{minute:5} min  {megabytes(resident)} resident, {megabytes(anonymous)} of no file, "
                f"{rows[-1][3]:.1f} s of processor")
    page = subject.metrics()
    appended = web.metric(page, "prometheus_tsdb_head_samples_appended_total") or 0
    missed = subject.get("/api/v1/query?query=sum(count_over_time(up[1m]))")["result"]
    subject.stop()
    targets.close()
    return report(options, rows, appended, missed)


def report(options, rows, appended, scrapes):
    results = Results(f"{options.targets} targets of {options.series} series at 1 s, {options.minutes} min")
    print_table(["samples", "CPU s per million", "scrapes in the last minute"], [
        [f"{appended:,.0f}", f"{rows[-1][3] / appended * 1e6:.3f}" if appended else "", scrapes[0]["value"][1]]])
    quarter = max(1, len(rows) // 4)
    for column, name in ((1, "resident memory"), (2, "memory of no file")):
        before = sum(row[column] for row in rows[quarter:2 * quarter]) / quarter
        after = sum(row[column] for row in rows[-quarter:]) / quarter
        results.claim(f"{name} is flat", after <= before * (1 + options.growth / 100),
                      f"{megabytes(before)} -> {megabytes(after)}")
    results.claim("no scrape is missed", float(scrapes[0]["value"][1]) >= 0.99 * 60 * options.targets,
                  scrapes[0]["value"][1])
    return results.finish()


arguments.run(main)
