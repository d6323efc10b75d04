"""Targets to scrape: the paths of one server, in a process of its own, with the same page."""
import multiprocessing
import time

from .stand_ins import StandIn

VARIANTS = 16


class Pages(StandIn):
    """Each scrape in another second changes all values."""

    def __init__(self, series):
        self.bodies = [
            "".join(f'requests_total{{path="/a/{index}",method="GET",code="200"}} {step * 1000 + index * step}\n'
                    for index in range(series)).encode()
            for step in range(VARIANTS)]
        super().__init__()

    def handle(self, handler):
        body = self.bodies[int(time.time()) % VARIANTS]
        self.answer(handler, 200, body, [("Content-Type", "text/plain; version=0.0.4; charset=utf-8")])


def serve(pipe, series):
    pages = Pages(series)
    pipe.send(pages.port)
    pipe.recv()


class Targets:
    """The running server; `configuration` has a job for each target."""

    def __init__(self, targets, series):
        self.pipe, other = multiprocessing.Pipe()
        multiprocessing.Process(target=serve, args=(other, series), daemon=True).start()
        port = self.pipe.recv()
        jobs = [f"  - {{job_name: t{index}, metrics_path: /{index}, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}"
                for index in range(targets)]
        self.configuration = (
            "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n" + "\n".join(jobs) + "\n")

    def close(self):
        self.pipe.send(None)
