"""What a server counts and measures, for Prometheus.

Nothing that a user typed is a label: routes are named by their templates.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from search.stages import Stage, Taken

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The measurements of one application."""

    def __init__(self) -> None:
        """Start from nothing."""
        registry = CollectorRegistry()
        self._registry = registry
        self.requests = Histogram(
            "answers_request_seconds",
            "Time to the end of a response.",
            ("route", "method", "status"),
            buckets=_BUCKETS_S,
            registry=registry,
        )
        self.stages = Histogram(
            "answers_stage_seconds",
            "Time that a stage of a search takes.",
            ("stage",),
            buckets=_BUCKETS_S,
            registry=registry,
        )
        self.in_flight = Gauge("answers_in_flight", "Requests being answered.", registry=registry)
        self.shed = Counter(
            "answers_shed", "Requests refused because of too many others.", registry=registry
        )
        self.timed_out = Counter(
            "answers_timed_out", "Requests that took too long.", registry=registry
        )
        self.limited = Counter(
            "answers_rate_limited", "Requests refused to clients that send many.", registry=registry
        )
        self.denied = Counter(
            "answers_unauthorised", "Requests without a valid key.", registry=registry
        )
        self.reload_failures = Counter(
            "answers_reload_failures", "Generations that could not be opened.", registry=registry
        )
        self.builds = Counter(
            "answers_builds", "Times that sources were indexed.", ("exit_code",), registry=registry
        )
        self.threads = Gauge("answers_threads", "Threads that are searched.", registry=registry)
        self.degraded = Gauge(
            "answers_degraded", "1 while the live generation cannot be used.", registry=registry
        )
        self._generation = Gauge(
            "answers_generation_info",
            "The generation in use.",
            ("generation",),
            registry=registry,
        )

    def served(self, generation: str | None, *, n_threads: int, degraded: bool) -> None:
        """Set what the server answers with now."""
        self._generation.clear()
        if generation is not None:
            self._generation.labels(generation).set(1)
        self.threads.set(n_threads)
        self.degraded.set(degraded)

    def took(self, stage: Stage, taken: Taken) -> None:
        """Note how long a stage of a search took; its processor time is that of all requests."""
        self.stages.labels(stage.value).observe(taken.wall_s)

    def render(self) -> bytes:
        """Return the measurements in Prometheus's text format."""
        return generate_latest(self._registry)
