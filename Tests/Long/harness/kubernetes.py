"""A stand-in for the API of a Kubernetes cluster over TLS: lists in pages, watches with bookmarks, tokens that change,
versions that are forgotten."""
import http.server
import json
import ssl
import threading
import time
import urllib.parse


class Cluster:
    """The pods, and what has happened to them."""

    def __init__(self, token):
        self.token = token
        self.version = 1000
        self.oldest = 0
        self.pods = {}
        self.events = []
        self.sockets = set()
        self.refused = 0
        self.changed = threading.Condition()

    def set(self, pod):
        """Adds a pod, or changes it."""
        with self.changed:
            key = (pod["metadata"]["namespace"], pod["metadata"]["name"])
            self._report("MODIFIED" if key in self.pods else "ADDED", pod)
            self.pods[key] = pod

    def remove(self, namespace, name):
        with self.changed:
            self._report("DELETED", self.pods.pop((namespace, name)))

    def _report(self, kind, pod):
        self.version += 1
        pod["metadata"]["resourceVersion"] = str(self.version)
        self.events.append((self.version, {"type": kind, "object": json.loads(json.dumps(pod))}))
        self.changed.notify_all()

    def forget(self):
        """Forgets all versions so far: who knows an older one has to list again."""
        with self.changed:
            self.version += 1
            self.oldest = self.version
            self.events = []

    def cut(self):
        """Cuts all watches off."""
        with self.changed:
            for opened in list(self.sockets):
                try:
                    opened.shutdown(2)
                except OSError:
                    pass


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        parts = urllib.parse.urlsplit(self.path)
        query = {name: values[0] for name, values in urllib.parse.parse_qs(parts.query).items()}
        cluster = self.server.cluster
        if self.headers.get("Authorization") != "Bearer " + cluster.token:
            cluster.refused += 1
            return self.refuse(401, "Unauthorized")
        if parts.path != "/api/v1/pods":
            return self.refuse(404, "NotFound")
        if query.get("watch") in ("true", "1"):
            return self.watch(cluster, query)
        return self.list(cluster, query)

    def refuse(self, status, reason):
        self.answer(status, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason,
                             "message": reason, "code": status})

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def list(self, cluster, query):
        with cluster.changed:
            pods, version = list(cluster.pods.values()), cluster.version
        start, limit = int(query.get("continue") or 0), int(query.get("limit") or 0) or len(pods)
        end = start + limit
        metadata = {"resourceVersion": str(version)}
        if end < len(pods):
            metadata["continue"] = str(end)
        self.answer(200, {"kind": "PodList", "apiVersion": "v1", "metadata": metadata, "items": pods[start:end]})

    def watch(self, cluster, query):
        version, sent = int(query.get("resourceVersion") or 0), time.monotonic()
        if version < cluster.oldest:
            return self.refuse(410, "Expired")
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        cluster.sockets.add(self.connection)
        try:
            while True:
                with cluster.changed:
                    cluster.changed.wait(1)
                    new = [(number, event) for number, event in cluster.events if number > version]
                    current = cluster.version
                for number, event in new:
                    self.chunk(event)
                    version = number
                if not new and time.monotonic() - sent > 5:
                    self.chunk({"type": "BOOKMARK", "object": {
                        "kind": "Pod", "apiVersion": "v1", "metadata": {"resourceVersion": str(current)}}})
                    version, sent = max(version, current), time.monotonic()
        except OSError:
            pass
        finally:
            cluster.sockets.discard(self.connection)
            self.close_connection = True

    def chunk(self, value):
        line = json.dumps(value).encode() + b"\n"
        self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
        self.wfile.flush()


class API:
    """The API's server on a port of loopback."""

    def __init__(self, cluster, port, certificate, key):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.server.cluster = cluster
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def pod(entry):
    """The pod that has the labels of an entry of a file with targets."""
    labels, prefix = entry["labels"], "__meta_kubernetes_pod_"

    def values(kind):
        return {name[len(prefix + kind):].replace("prometheus_io_", "prometheus.io/"): value
                for name, value in labels.items() if name.startswith(prefix + kind)}

    address, _, port = entry["targets"][0].partition(":")
    name = labels[prefix + "name"]
    container = {"name": "main", "image": "image:1"}
    if port:
        container["ports"] = [{"name": "http", "containerPort": int(port), "protocol": "TCP"}]
    return {
        "kind": "Pod", "apiVersion": "v1",
        "metadata": {"name": name, "namespace": labels["__meta_kubernetes_namespace"], "uid": "uid-" + name,
                     "labels": values("label_"), "annotations": values("annotation_")},
        "spec": {"nodeName": "node-1", "containers": [container]},
        "status": {"phase": "Running", "podIP": address, "hostIP": "192.168.0.1",
                   "conditions": [{"type": "Ready", "status": "True"}],
                   "containerStatuses": [{"name": "main", "containerID": "containerd://" + name, "image": "image:1",
                                          "imageID": "", "ready": True, "restartCount": 0}]},
    }
