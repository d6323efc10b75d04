"""What the stand-ins for Slack and PagerDuty have received, in a form that can be compared."""
import json
import re

NUMBER = re.compile(r"(?<![\w.#-])\d+(?:\.\d+)?(?:e[+-]\d+)?")


class Notification:
    """A message with the addresses of its sender taken out."""

    def __init__(self, message, service, ports):
        self.time = message.time
        text = message.body.decode()
        for port in ports:
            text = re.sub(rf"https?://[\w.-]+:{port}\b", "<url>", text)
        self.body = json.loads(text)
        if service == "slack":
            attachment = self.body["attachments"][0]
            self.status, self.alert = re.match(r"\[(FIRING|RESOLVED)[:\d]*\] (\S+)", attachment["fallback"]).groups()
            self.key = ("slack", self.body["channel"], self.alert, self.status)
        else:
            self.status = {"trigger": "FIRING", "resolve": "RESOLVED"}.get(self.body["event_type"], "?")
            details = self.body.get("details") or {}
            for name in ("firing", "resolved"):
                details[name] = listed(details.get(name) or [])
                # A number in Alertmanager 0.34, a text in 0.25.
                details["num_" + name] = str(details.get("num_" + name))
            found = re.search(r"alertname\W+(\w+)", json.dumps(details))
            self.alert = found[1] if found else "?"
            self.key = ("pagerduty", self.body["service_key"], self.alert, self.status)


def listed(alerts):
    """The alerts of a PagerDuty message: a list in JSON, or in Alertmanager 0.25 a text with a line for each label."""
    if isinstance(alerts, list):
        return [[sorted(alert["labels"].items()), sorted(alert["annotations"].items())] for alert in alerts]
    result = []
    for line in alerts.splitlines():
        if line == "Labels:":
            result.append([[], []])
            part = 0
        elif line == "Annotations:":
            part = 1
        elif line.startswith(" - "):
            name, _, value = line[3:].partition(" = ")
            result[-1][part].append((name, value))
    return [[sorted(labels), sorted(annotations)] for labels, annotations in result]


def collect(slack, pagerduty, ports):
    """All messages, the first of each key; and how many there were of each."""
    first, counts = {}, {}
    for service, stand_in in (("slack", slack), ("pagerduty", pagerduty)):
        for message in stand_in.messages():
            notification = Notification(message, service, ports)
            first.setdefault(notification.key, notification)
            counts[notification.key] = counts.get(notification.key, 0) + 1
    return first, counts


def difference(one, other):
    """How far two JSON values differ: 0 if they are equal, the largest relative difference of numbers within equal
    texts, infinity for anything else."""
    if isinstance(one, dict) and isinstance(other, dict):
        if list(one) != list(other):
            return float("inf")
        return max((difference(one[name], other[name]) for name in one), default=0)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        if len(one) != len(other):
            return float("inf")
        return max((difference(*pair) for pair in zip(one, other)), default=0)
    if isinstance(one, str) and isinstance(other, str):
        return text_difference(one, other)
    return 0 if one == other else float("inf")


def text_difference(one, other):
    if one == other:
        return 0
    if NUMBER.sub("#", one) != NUMBER.sub("#", other):
        return float("inf")
    pairs = [(float(left), float(right)) for left, right in zip(NUMBER.findall(one), NUMBER.findall(other))]
    return max(abs(left - right) / max(abs(left), abs(right), 1e-9) for left, right in pairs)
