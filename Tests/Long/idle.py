#!/usr/bin/env python3
"""What does a server cost that has nothing to do?

Prints the CPU time of each of its threads, as the kernel counts it in nanoseconds, and how often each wakes.
"""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import arguments  # noqa: E402
from harness.subjects import Subject  # noqa: E402
from harness.table import print_table  # noqa: E402

# Threads that answered while the server started end after five seconds without work.
WARM_UP = 12
CONFIGURATION = "global:\n  scrape_interval: 15s\n"


def threads(pid):
    """CPU nanoseconds and voluntary switches by thread."""
    found = {}
    for thread in os.listdir(f"/proc/{pid}/task"):
        path = f"/proc/{pid}/task/{thread}"
        try:
            with open(f"{path}/schedstat", encoding="ascii") as file:
                spent = int(file.read().split()[0])
            with open(f"{path}/status", encoding="ascii") as file:
                fields = dict(line.split(":", 1) for line in file)
        except FileNotFoundError:
            continue
        found[thread] = (fields["Name"].strip(), spent, int(fields["voluntary_ctxt_switches"]))
    return found


def main():
    parser = arguments.parser(__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="default: %(default)s")
    options = parser.parse_args()
    subject = Subject(options.subject, arguments.directory(options), options)
    subject.write(CONFIGURATION)
    subject.start()
    time.sleep(WARM_UP)
    pid = subject.servers[0].process.pid
    before = threads(pid)
    time.sleep(options.seconds)
    after, rows, total = threads(pid), [], 0
    for thread, (name, spent, switches) in after.items():
        _, spent_before, switches_before = before.get(thread, (name, 0, 0))
        total += spent - spent_before
        if switches != switches_before:
            rows.append([name, f"{(spent - spent_before) / 1e6 / options.seconds:.4f}",
                         f"{(switches - switches_before) / options.seconds:.2f}"])
    rows.append(["all", f"{total / 1e6 / options.seconds:.4f}", ""])
    print_table(["thread", "CPU ms a second", "wakes a second"], rows)
    return 0


arguments.run(main)
