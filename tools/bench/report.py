"""Medians of the rounds, as a table on the screen and as JSON."""

import json
import statistics


class Report:
    """What the rounds gave.

    :param measures: the :class:`tools.bench.measure.Measure` objects, in the order of the table
    """

    def __init__(self, measures):
        self.measures = measures
        self.rounds = {measure.name: [] for measure in measures}

    def add(self, measure, values):
        """Keep a round; return it as text.

        :param values: what :meth:`Measure.run` returned
        """
        self.rounds[measure.name].append({f.name: values[f.name] for f in measure.figures})
        return ", ".join(f"{f.name} {_format(values[f.name])}" for f in measure.figures)

    def median(self, measure, figure):
        """Return the median of a figure over the rounds."""
        return statistics.median(values[figure.name] for values in self.rounds[measure.name])

    @property
    def is_reached(self):
        """Whether every goal is reached."""
        return all(
            figure.is_reached(self.median(measure, figure)) is not False
            for measure in self.measures
            for figure in measure.figures
        )

    def lines(self):
        """Return the table (list of str)."""
        lines = [f"{'':<58}{'median':>10}{'lowest':>10}{'highest':>10}  goal"]
        for measure in self.measures:
            rounds = self.rounds[measure.name]
            lines += ["", f"{measure.title} ({measure.name}, {len(rounds)} rounds)"]
            lines += [self._line(measure, figure) for figure in measure.figures]
        return lines

    def _line(self, measure, figure):
        values = [values[figure.name] for values in self.rounds[measure.name]]
        median = self.median(measure, figure)
        numbers = "".join(f"{_format(n):>10}" for n in (median, min(values), max(values)))
        verdict = {True: "reached", False: "NOT REACHED", None: ""}[figure.is_reached(median)]
        return f"  {figure.text:<56}{numbers}  {figure.goal} {verdict}".rstrip()

    def write(self, path):
        """Write medians, goals and every round as JSON."""
        content = {
            measure.name: {
                "title": measure.title,
                "figures": {
                    figure.name: {
                        "text": figure.text,
                        "goal": figure.goal,
                        "median": self.median(measure, figure),
                        "reached": figure.is_reached(self.median(measure, figure)),
                    }
                    for figure in measure.figures
                },
                "rounds": self.rounds[measure.name],
            }
            for measure in self.measures
        }
        path.write_text(json.dumps(content, indent=2) + "\n")


def _format(number):
    if abs(number) >= 100 or number == int(number):
        return f"{number:,.0f}"
    return f"{number:.2f}" if abs(number) >= 1 else f"{number:.3g}"
