"""The command: which measures run, in what order."""

from tools.world import paths
from tools.world.console import WorldError, say, step

from .measures import MEASURES
from .report import Report
from .workbench import Workbench

REPORT = paths.WORLD / "bench.json"


def bench(*names):
    """Run measures and show a table of medians; ``bench.json`` keeps every round.

    :param names: of the measures, all when none is given
    :return: 0 when every goal is reached, else 1
    """
    measures = [measure() for measure in _select(names)]
    report = Report(measures)
    with Workbench(paths.WORLD / "bench") as workbench:
        for measure in measures:
            with step(f"{measure.name}: preparing"):
                measure.prepare(workbench)
        for number in range(max(measure.rounds for measure in measures)):
            # All measures take turns, too: no hour of the day belongs to one of them.
            for measure in measures:
                if number < measure.rounds:
                    with step(f"{measure.name}: round {number + 1} of {measure.rounds}") as note:
                        note(report.add(measure, measure.run(workbench)))
    report.write(REPORT)
    say("", *report.lines(), "", f"Every round: {REPORT}")
    return 0 if report.is_reached else 1


def _select(names):
    known = {measure.name: measure for measure in MEASURES}
    for name in names:
        if name not in known:
            raise WorldError(f"There is no measure {name}. There are: {', '.join(known)}.")
    return [known[name] for name in names] if names else list(MEASURES)
