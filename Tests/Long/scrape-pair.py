#!/usr/bin/env python3
"""Two programs scrape the same pages at the same time: what does a sample cost in each?

What else the machine does slows both down alike, so the ratio is good to a few percent where two runs one after the
other may differ by a quarter.
"""
import argparse
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import arguments, web  # noqa: E402
from harness.subjects import KTSDB, Subject  # noqa: E402
from harness.table import print_table  # noqa: E402
from harness.targets import Targets  # noqa: E402

WARM_UP = 14


def appended(subject):
    return web.metric(subject.metrics(), "prometheus_tsdb_head_samples_appended_total") or 0


def main():
    parser = arguments.parser(__doc__, subject=False)
    parser.add_argument("--before", required=True, metavar="PROGRAM", help="the program to compare with")
    parser.add_argument("--targets", type=int, default=100, help="default: %(default)s")
    parser.add_argument("--series", type=int, default=1000, help="of each target; default: %(default)s")
    parser.add_argument("--seconds", type=int, default=30, help="of each run; default: %(default)s")
    parser.add_argument("--runs", type=int, default=4, help="default: %(default)s")
    options = parser.parse_args()
    directory, rows = arguments.directory(options), []
    for run in range(1, options.runs + 1):
        before, after = measure(options, directory, run)
        rows.append([f"{run}", f"{before:.3f}", f"{after:.3f}", f"{after / before:.3f}"])
    print_table(["run", "before, CPU s per million samples", "after", "after / before"], rows)
    return 0


def measure(options, directory, run):
    targets = [Targets(options.targets, options.series) for _ in range(2)]
    subjects = []
    for name, program in (("before", options.before), ("after", options.ktsdb)):
        own = argparse.Namespace(**{**vars(options), "ktsdb": program})
        subjects.append(Subject(KTSDB, directory, own, name=f"{name}-{run}"))
    for subject, served in zip(subjects, targets):
        subject.write(served.configuration)
        subject.start()
    time.sleep(WARM_UP)
    begin = [(subject.cpu_seconds(), appended(subject)) for subject in subjects]
    time.sleep(options.seconds)
    end = [(subject.cpu_seconds(), appended(subject)) for subject in subjects]
    for subject, served in zip(subjects, targets):
        subject.stop()
        served.close()
    return [(cpu - cpu_before) / (samples - samples_before) * 1e6
            for (cpu_before, samples_before), (cpu, samples) in zip(begin, end)]


arguments.run(main)
