"""Rounds summed up: medians, spreads and ratios to the first contestant, which is the floor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.rounds import Round

NOISY_SPREAD = 0.15
NOISY_OTHERS = 0.15


@dataclass(frozen=True, slots=True)
class Summary:
    """Medians over the rounds. A spread is (largest - smallest) / median.

    ``ratio`` compares requests a second, and ``cpu_ratio`` the server's CPU time a request, each
    with the floor's in the same round; 1 is as good as the floor.
    """

    contestant: str
    requests_per_second: float
    spread: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    cpu_microseconds: float
    rss_mib: float
    pss_mib: float
    ratio: float
    smallest_ratio: float
    largest_ratio: float
    cpu_ratio: float
    client_core: float
    others_cores: float
    refused: int
    requests: int

    @property
    def is_noisy(self) -> bool:
        return self.spread > NOISY_SPREAD or self.others_cores > NOISY_OTHERS


def summarize(rounds: Mapping[str, Sequence[Round]]) -> list[Summary]:
    floor = next(iter(rounds.values()))
    return [_summary(name, own, floor) for name, own in rounds.items()]


def _summary(name: str, own: Sequence[Round], floor: Sequence[Round]) -> Summary:
    speeds = [r.load.requests_per_second for r in own]
    pairs = list(zip(own, floor, strict=False))  # peers take part in the first rounds only
    ratios = [a.load.requests_per_second / b.load.requests_per_second for a, b in pairs]
    return Summary(
        contestant=name,
        requests_per_second=median(speeds),
        spread=(max(speeds) - min(speeds)) / median(speeds),
        p50_ms=median(r.load.p50 for r in own) / 1000,
        p95_ms=median(r.load.p95 for r in own) / 1000,
        p99_ms=median(r.load.p99 for r in own) / 1000,
        cpu_microseconds=median(r.cpu_microseconds for r in own),
        rss_mib=own[-1].memory.rss / 1024,
        pss_mib=own[-1].memory.pss / 1024,
        ratio=median(ratios),
        smallest_ratio=min(ratios),
        largest_ratio=max(ratios),
        cpu_ratio=median(b.cpu_microseconds / a.cpu_microseconds for a, b in pairs),
        client_core=median(r.load.cpu_seconds / r.load.seconds for r in own),
        others_cores=median(r.others_cores for r in own),
        refused=sum(r.load.refused for r in own),
        requests=sum(r.load.requests for r in own),
    )
