"""`python -m bench`, from the top of the repository: calls, one after the other, at the limit."""

from bench.call import CALLS, Needs
from bench.etags import write_etags
from bench.measurement import Measurement, measurement, parser
from bench.report import as_json, table
from bench.rounds import alternate, closed_loop
from bench.summary import summarize


def main() -> None:
    own = parser(__doc__)
    names = [call.name for call in CALLS]
    own.add_argument("--calls", nargs="+", choices=names, default=names)
    own.add_argument("--name", default="calls", help="of the file of results")
    options = own.parse_args()
    with measurement(options.name, options) as run:
        _calls(run)


def _calls(run: Measurement) -> None:
    calls = [call for call in CALLS if call.name in run.options.calls]
    run.figures["calls"] = {}
    with run.field(calls, run.plan.runs) as servers:
        for call in calls:
            if call.needs is Needs.ETAGS:
                for one in servers:
                    write_etags(one, call.users)
            measured = alternate(servers, run.plan, closed_loop(call, run.plan, run.cores))
            summaries = summarize(measured.rounds)
            run.figures["calls"][call.name] = as_json(measured, summaries)
            print(table(call.title, summaries, measured.given_up), flush=True)


if __name__ == "__main__":
    main()
