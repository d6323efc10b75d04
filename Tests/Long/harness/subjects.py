"""What a run looks at: ktsdb, or Debian's Prometheus with its Alertmanager as the reference."""
import os
import shutil

from . import web
from .processes import RunError, Server, wait_until

KTSDB, PROMETHEUS = "ktsdb", "prometheus"


def program(*names):
    """The first of these programs that is installed."""
    for name in names:
        path = name if os.sep in name else shutil.which(name)
        if path and os.access(path, os.X_OK):
            return path
    raise RunError(f"{names[0]} is missing; it is a Debian package, or give its path")


class Subject:
    """A server with rules, and a notifier if it is given a configuration for one."""

    def __init__(self, kind, directory, arguments, notifier=None, resend=None, flags=(), environment=None, name=None):
        self.kind = kind
        self.directory = os.path.join(directory, name or kind)
        os.makedirs(self.directory, exist_ok=True)
        self.name = name or kind
        self.arguments = arguments
        self.notifier = notifier
        self.resend = resend
        self.flags = list(flags)
        self.environment = environment
        self.config = os.path.join(self.directory, "prometheus.yml")
        port, notifier_port = web.free_ports(2)
        self.address = f"127.0.0.1:{port}"
        self.url = f"http://{self.address}"
        self.notifier_address = self.address if kind == KTSDB else f"127.0.0.1:{notifier_port}"
        self.notifier_url = f"http://{self.notifier_address}"
        self.servers = []

    # Starting and stopping

    def write(self, text):
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(text)

    def start(self, seconds=60):
        self.servers = [server.start() for server in self.make()]
        self.wait(seconds)
        return self

    def wait(self, seconds=60):
        for url in {self.url, self.notifier_url} if self.has_notifier else {self.url}:
            wait_until(lambda url=url: self.check(url), seconds, f"{self.name} at {url} is ready")

    def check(self, url):
        for server in self.servers:
            if not server.is_alive():
                raise RunError(f"{server.name} has ended:\n{server.tail()}")
        return web.is_up(url + "/-/ready")

    def make(self):
        return self.make_ktsdb() if self.kind == KTSDB else self.make_prometheus()

    @property
    def has_notifier(self):
        return self.notifier is not None

    def common(self):
        flags = [
            f"--config.file={self.config}", f"--storage.tsdb.path={self.directory}/data",
            f"--web.listen-address={self.address}", "--web.enable-lifecycle", "--web.enable-remote-write-receiver"]
        if self.resend:
            flags.append(f"--rules.alert.resend-delay={self.resend}")
        return flags + self.flags

    def make_ktsdb(self):
        flags = self.common()
        if self.has_notifier:
            flags.append(f"--alertmanager.config.file={self.notifier}")
        return [Server(self.name, [program(self.arguments.ktsdb), *flags], self.directory, self.environment)]

    def make_prometheus(self):
        servers = [Server(self.name, [program(self.arguments.prometheus, "prometheus"), *self.common()],
                          self.directory, self.environment)]
        if self.has_notifier:
            servers.append(alertmanager(
                self.name + "-alertmanager", self.arguments, self.directory, self.notifier, self.notifier_address,
                self.environment))
        return servers

    def stop(self):
        for server in self.servers:
            server.stop()

    def kill(self):
        for server in self.servers:
            server.kill()

    def reload(self):
        status, body = web.request(self.url + "/-/reload", method="POST", timeout=60)
        if status != 200:
            raise RunError(f"{self.name} does not take its configuration: {body.decode(errors='replace')}")

    # Reading

    def get(self, path, timeout=30):
        return web.get_json(self.url + path, timeout)["data"]

    def metrics(self):
        return web.request(self.url + "/metrics", timeout=30)[1].decode()

    def cpu_seconds(self):
        return sum(server.cpu_seconds() for server in self.servers)

    def resident_bytes(self):
        return sum(server.resident_bytes() for server in self.servers)

    def log(self):
        return "".join(server.log() for server in self.servers)

    def alerting(self):
        """The section of the configuration that leads alerts to the notifier: nothing if it is the same process."""
        if self.kind == KTSDB or not self.has_notifier:
            return ""
        return f"alerting:\n  alertmanagers:\n    - static_configs: [{{targets: ['{self.notifier_address}']}}]\n"


def alertmanager(name, arguments, directory, config, address, environment=None):
    """Debian's Alertmanager."""
    path = program(arguments.alertmanager, "prometheus-alertmanager", "alertmanager")
    return Server(name, [
        path, f"--config.file={config}", f"--storage.path={directory}/{name}", f"--web.listen-address={address}",
        "--cluster.listen-address="], directory, environment)
