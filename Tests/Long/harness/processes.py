"""Processes that a run starts, and stops by their ids."""
import os
import re
import signal
import subprocess
import time


class Server:
    """A program that runs until it is stopped. Its output goes to a file."""

    running = []

    def __init__(self, name, arguments, directory, environment=None):
        self.name = name
        self.arguments = [str(argument) for argument in arguments]
        self.log_path = os.path.join(directory, name + ".log")
        self.environment = environment
        self.process = None

    def start(self):
        log = open(self.log_path, "ab")
        environment = dict(os.environ, **(self.environment or {}))
        self.process = subprocess.Popen(
            self.arguments, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment)
        log.close()
        Server.running.append(self)
        return self

    @property
    def pid(self):
        return self.process.pid

    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """Ends the process at once, as a crash does."""
        self.end(signal.SIGKILL)

    def stop(self, seconds=30):
        """Asks the process to end, and ends it if it does not."""
        self.end(signal.SIGTERM, seconds)

    def end(self, number, seconds=30):
        if self in Server.running:
            Server.running.remove(self)
        if not self.is_alive():
            return
        self.process.send_signal(number)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def tail(self, count=5):
        return "\n".join(self.log().splitlines()[-count:])

    # Measurements

    def cpu_seconds(self):
        """The processor time of all threads so far, in user and kernel mode."""
        with open(f"/proc/{self.pid}/stat", encoding="utf-8") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self):
        with open(f"/proc/{self.pid}/status", encoding="utf-8") as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1]) * 1024


def stop_all():
    """Stops whatever still runs, the newest first."""
    for server in list(reversed(Server.running)):
        server.stop(5)


def wait_until(condition, seconds, what, every=0.05):
    """Waits until `condition()` is true; fails with a text that names `what`."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise RunError(f"{what}: not within {seconds} s")
        time.sleep(every)


class RunError(Exception):
    """A run cannot continue."""
