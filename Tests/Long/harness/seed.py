"""The seed's files, rewritten for a run: addresses, variables, and shorter times if asked."""
import os
import re

from .processes import RunError

DURATION = r"\d+(?:ms|[smhd])"
UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
ABLE = ["HighErrorRate", "SlowResponseTime", "APIDown", "HighMemoryUsage", "SlowDatabaseQueries",
        "DatabaseConnectionPoolExhausted", "LowCacheHitRatio", "PopbillAPIErrors", "VoucherProcessingSurge",
        "TaxInvoiceFailureSpike"]


def milliseconds(text):
    number, unit = re.fullmatch(r"(\d+)(ms|[smhd])", text).groups()
    return int(number) * UNITS[unit]


def scaled(text, factor, *patterns):
    """Divides the durations in `text` that one of the patterns finds in its second group."""
    if factor == 1:
        return text
    for pattern in patterns:
        text = re.sub(pattern, lambda found: f"{found[1]}{milliseconds(found[2]) // factor}ms{found[3]}", text)
    return text


class Seed:
    def __init__(self, directory, factor=1):
        self.directory = directory
        self.factor = factor

    def read(self, path):
        try:
            with open(os.path.join(self.directory, path), encoding="utf-8") as file:
                return file.read()
        except OSError as error:
            raise RunError(f"the seed's files are not at {self.directory}: {error}") from error

    def rules(self):
        return scaled(
            self.read("monitoring/prometheus/alerts/api-alerts.yml"), self.factor,
            rf"(\[)({DURATION})(\])", rf"(offset )({DURATION})()", rf"(for: )({DURATION})()")

    def notifier(self, slack=None, key=None, proxy=None, authority=None):
        """Alertmanager's file. Without `slack` and `key` the variables stay, for a server that expands them."""
        text = scaled(
            self.read("monitoring/alertmanager/config.yml"), self.factor,
            rf"((?:group_wait|group_interval|repeat_interval|resolve_timeout): )({DURATION})()")
        if slack:
            text = text.replace("${SLACK_WEBHOOK_URL}", slack).replace("${PAGERDUTY_SERVICE_KEY}", key)
        client = f"  http_config:\n    proxy_url: '{proxy}'\n    tls_config: {{ca_file: '{authority}'}}\n"
        return text.replace("global:\n", "global:\n" + client, 1)

    def prometheus(self, address, notifier, rules, targets, scrapes=True):
        """Prometheus' file with the places of this run; `notifier` is the address of an Alertmanager."""
        text = scaled(
            self.read("local/prometheus.yml"), self.factor,
            rf"((?:scrape|evaluation)_interval: )({DURATION})()")
        text = text.replace("localhost:9090", address).replace("alertmanager:9093", notifier)
        text = text.replace("../monitoring/prometheus/alerts/*.yml", rules).replace("pods.json", targets)
        return text if scrapes else text[:text.index("scrape_configs:")]

    def seconds(self, text):
        """A time of the seed, as long as it takes in this run."""
        return milliseconds(text) / 1000 / self.factor
