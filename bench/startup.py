"""`python -m bench.startup`: from the command to the first answer.

Each has been started before, so that its database, its keys and its compiled files are there.
"""

from statistics import median

from bench.dataset import dataset
from bench.measurement import measurement, parser
from bench.report import markdown
from bench.server_process import running
from bench.stage import Entry, Equipment, prepared


def main() -> None:
    options = parser(__doc__, users=1000, rounds=11).parse_args()
    equipment = Equipment(options.workers, options.threads, options.sync_delay, users=1, runs=0)
    with measurement("startup", options) as run:
        data = dataset(options.users)
        seconds: dict[str, list[float]] = {one.name: [] for one in run.present}
        with prepared([Entry(one, data) for one in run.present], equipment) as places:
            for index in range(1 + options.rounds):
                for one, place in zip(run.present, places, strict=True):
                    with running(one, place, run.cores.server) as server:
                        if index:
                            seconds[one.name].append(server.seconds_to_answer)
        run.figures["seconds"] = seconds
        rows = [(name, *_cells(own)) for name, own in seconds.items()]
        columns = ("", "median ms", "shortest", "longest")
        print(markdown("From the command to the first answer", columns, rows, []))


def _cells(seconds: list[float]) -> list[str]:
    return [f"{one * 1000:,.0f}" for one in (median(seconds), min(seconds), max(seconds))]


if __name__ == "__main__":
    main()
