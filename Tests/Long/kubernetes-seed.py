#!/usr/bin/env python3
"""The seed's prometheus.yml as it is, in a cluster: a stand-in for the Kubernetes API over TLS has the seed's pods, and
the pods' addresses are on the loopback device of a network namespace of this run's own.

The targets have to be exactly those that the seed expects, and have to be scraped. Pods that come, change and go are
followed within a second; so they are after lost connections, forgotten versions and another token.

Needs `unshare`, `ip` and `openssl`, and the right to make namespaces. Debian's Prometheus knows nothing of Kubernetes,
so that there is no reference.
"""
import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from harness import arguments, kubernetes, web  # noqa: E402
from harness.processes import RunError, Server, wait_until  # noqa: E402
from harness.table import Results, say  # noqa: E402

ACCOUNT = "/run/secrets/kubernetes.io/serviceaccount"
SERVER = "127.0.0.1:9090"
API_PORT = 6443


def enter_namespaces():
    """Starts this run again in namespaces of its own."""
    if os.environ.get("KTSDB_IN_NAMESPACE"):
        return
    flags = "-nm" if os.geteuid() == 0 else "-rnm"
    environment = dict(os.environ, KTSDB_IN_NAMESPACE="1")
    os.execvpe("unshare", ["unshare", flags, "--", sys.executable, *sys.argv], environment)


def call(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


class Pod:
    """What a pod serves: its address, and the pages that were asked for."""

    def __init__(self, address, port):
        call("ip", "address", "add", address + "/32", "dev", "lo")

        class Page(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                body = f'served{{path="{self.path}"}} 1\n'.encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        server = http.server.ThreadingHTTPServer((address, port), Page)
        threading.Thread(target=server.serve_forever, daemon=True).start()


class Run:
    def __init__(self, flags, directory):
        self.flags = flags
        self.directory = directory
        self.seed = flags.seed
        self.expected = self.read("local/expected-targets.json")
        self.cluster = kubernetes.Cluster("first")
        self.results = Results("the seed's prometheus.yml in a cluster")

    def read(self, name):
        with open(os.path.join(self.seed, name), encoding="utf-8") as file:
            return json.load(file)

    def prepare(self):
        call("ip", "link", "set", "lo", "up")
        call("mount", "-t", "tmpfs", "tmpfs", "/run")
        os.makedirs(ACCOUNT)
        certificate, key = os.path.join(ACCOUNT, "ca.crt"), os.path.join(self.directory, "api.key")
        call("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=kubernetes",
             "-addext", "subjectAltName=IP:127.0.0.1")
        self.write_token("first")
        with open(os.path.join(ACCOUNT, "namespace"), "w", encoding="utf-8") as file:
            file.write("erp")
        kubernetes.API(self.cluster, API_PORT, certificate, key)
        for entry in self.read("local/pods.json"):
            self.cluster.set(kubernetes.pod(entry))
        for target in self.expected:
            if target["keep"]:
                address, port = target["scrape_url"].split("/")[2].split(":")
                Pod(address, int(port))
        etc = os.path.join(self.directory, "etc")
        shutil.copytree(os.path.join(self.seed, "monitoring/prometheus"), etc, dirs_exist_ok=True)
        with open(os.path.join(self.seed, "monitoring/prometheus/prometheus.yml"), encoding="utf-8") as file:
            text = file.read().replace("/etc/prometheus/", etc + "/")
        os.chmod(etc, 0o755)
        self.config = os.path.join(self.directory, "prometheus.yml")
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(text)

    def write_token(self, token):
        path = os.path.join(ACCOUNT, "token")
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(token)
        os.rename(path + ".new", path)

    def start(self):
        self.server = Server(
            "ktsdb",
            [self.flags.ktsdb, "--config.file=" + self.config, "--storage.tsdb.path=" + os.path.join(self.directory, "data"),
             "--web.listen-address=" + SERVER],
            self.directory, {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(API_PORT)}).start()
        wait_until(self.is_ready, 60, "the server is ready")

    def is_ready(self):
        if not self.server.is_alive():
            raise RunError("the server has ended:\n" + self.server.tail())
        return web.is_up(f"http://{SERVER}/-/ready")

    def targets(self, kind="activeTargets"):
        data = web.get_json(f"http://{SERVER}/api/v1/targets")["data"][kind]
        name = "__meta_kubernetes_pod_name"
        return {target["discoveredLabels"][name]: target for target in data if name in target["discoveredLabels"]}

    # Claims

    def check_targets(self):
        kept = [target for target in self.expected if target["keep"]]
        wait_until(lambda: len(self.targets()) == len(kept), 60, "the targets are found", 0.01)
        found = self.targets()
        wrong = [target["pod"] for target in kept
                 if found.get(target["pod"], {}).get("scrapeUrl") != target["scrape_url"]
                 or found[target["pod"]]["labels"] != target["labels"]]
        self.results.claim("the targets are exactly the expected ones", not wrong, wrong or f"{len(kept)} targets")
        dropped = sorted(self.targets("droppedTargets"))
        wanted = sorted(target["pod"] for target in self.expected if not target["keep"])
        self.results.claim("all others are dropped", dropped == wanted, ", ".join(dropped))
        wait_until(lambda: all(target["health"] == "up" for target in self.targets().values()), 60, "all are scraped")
        self.results.claim("all are scraped", True)

    def follow(self, what, change, condition):
        """Makes a change, and measures how long it takes until the targets show it."""
        start = time.monotonic()
        change()
        wait_until(condition, 60, what, 0.005)
        return time.monotonic() - start

    def check_changes(self, after, name):
        entry = {"targets": [f"10.0.1.{len(self.results.claims)}:8080"], "labels": {
            "__meta_kubernetes_pod_name": name, "__meta_kubernetes_namespace": "erp",
            "__meta_kubernetes_pod_label_app": "kerp-api",
            "__meta_kubernetes_pod_annotation_prometheus_io_scrape": "true"}}
        url = f"http://{entry['targets'][0]}/metrics"
        times = [self.follow(
            "a pod that comes", lambda: self.cluster.set(kubernetes.pod(entry)),
            lambda: self.targets().get(name, {}).get("scrapeUrl") == url)]
        entry["labels"]["__meta_kubernetes_pod_annotation_prometheus_io_path"] = "/other"
        times.append(self.follow(
            "a pod that changes", lambda: self.cluster.set(kubernetes.pod(entry)),
            lambda: self.targets().get(name, {}).get("scrapeUrl") == url.replace("metrics", "other")))
        times.append(self.follow(
            "a pod that goes", lambda: self.cluster.remove("erp", name), lambda: name not in self.targets()))
        self.results.claim(f"pods are followed within a second {after}", max(times) < 1,
                           " ".join(f"{seconds:.3f} s" for seconds in times))

    def run(self):
        self.prepare()
        self.start()
        say("looking at the targets")
        self.check_targets()
        time.sleep(1)
        self.check_changes("at first", "kerp-api-new-1")
        self.cluster.cut()
        time.sleep(3)
        self.check_changes("after connections were lost", "kerp-api-new-2")
        self.cluster.forget()
        self.cluster.cut()
        time.sleep(5)
        self.check_changes("after versions were forgotten", "kerp-api-new-3")
        self.cluster.token = "second"
        self.write_token("second")
        self.cluster.cut()
        time.sleep(5)
        self.check_changes("with another token", "kerp-api-new-4")
        self.server.stop()
        return self.results.finish()


def main():
    parser = arguments.parser(__doc__, subject=False)
    parser.add_argument("--seed", default=f"{arguments.ROOT}/../shared/seed", help="the seed's files; default: %(default)s")
    flags = parser.parse_args()
    flags.seed = os.path.abspath(flags.seed)
    enter_namespaces()
    return Run(flags, arguments.directory(flags)).run()


arguments.run(main)
