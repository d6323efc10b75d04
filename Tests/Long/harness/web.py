"""Requests to servers on loopback."""
import http.client
import json
import socket
import time
import urllib.error
import urllib.parse
import urllib.request

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def free_ports(count):
    """Returns ports that nobody listens at. They are free now, and stay so unless somebody is very quick."""
    sockets = []
    for _ in range(count):
        opened = socket.socket()
        opened.bind(("127.0.0.1", 0))
        sockets.append(opened)
    ports = [opened.getsockname()[1] for opened in sockets]
    for opened in sockets:
        opened.close()
    return ports


def request(url, body=None, method=None, headers=None, timeout=10):
    """Returns the status and the body of the answer, also of one that is an error."""
    if isinstance(body, (dict, list)):
        body = json.dumps(body).encode()
        headers = dict({"Content-Type": "application/json"}, **(headers or {}))
    made = urllib.request.Request(url, data=body, method=method, headers=headers or {})
    try:
        with OPENER.open(made, timeout=timeout) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def is_up(url):
    try:
        return request(url, timeout=2)[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def get_json(url, timeout=30):
    status, body = request(url, timeout=timeout)
    if status != 200:
        raise OSError(f"{url}: {status} {body[:300].decode(errors='replace')}")
    return json.loads(body)


def timed(url, timeout=60):
    """Returns how many seconds an answer took, and its length; nil for both if there was none."""
    start = time.monotonic()
    try:
        status, body = request(url, timeout=timeout)
    except (OSError, http.client.HTTPException):
        return None, None
    return (time.monotonic() - start, len(body)) if status == 200 else (None, None)


def metric(page, name, matching=""):
    """The sum of a metric's series on a page of /metrics; `matching` is text that a series must contain."""
    total = None
    for line in page.splitlines():
        if line.startswith(name) and line[len(name):len(name) + 1] in ("{", " ") and matching in line:
            total = (total or 0) + float(line.rsplit(" ", 1)[1])
    return total
