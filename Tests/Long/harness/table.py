"""The results of a run: rows of measurements, and claims that hold or do not."""
import sys


class Results:
    def __init__(self, title):
        self.title = title
        self.claims = []

    def claim(self, text, holds, found=""):
        """Notes that something was claimed, whether it holds, and what was found."""
        self.claims.append((text, bool(holds), str(found)))
        return bool(holds)

    def finish(self):
        """Prints the claims; returns the exit code."""
        print(f"\n{self.title}")
        print_table(["claim", "holds", "found"], [(text, "yes" if holds else "NO", found)
                                                  for text, holds, found in self.claims])
        return 0 if self.claims and all(holds for _, holds, _ in self.claims) else 1


def print_table(head, rows):
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[index]) for row in [head] + rows) for index in range(len(head))]
    for row in [head, ["-" * width for width in widths]] + rows:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    sys.stdout.flush()


def say(text):
    """A line about what the run does now."""
    print(text, flush=True)


def megabytes(count):
    return f"{count / 1e6:.0f} MB"
