"""What a measure is: figures, and the goals that some of them have to reach."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A number that each round of a measure gives.

    :ivar name: its key in what :meth:`Measure.run` returns
    :ivar text: what it is, in the table
    :ivar at_least: the goal, where more is better
    :ivar at_most: the goal, where less is better
    """

    name: str
    text: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def goal(self):
        """The goal as text, '' where the figure has none."""
        if self.at_least is not None:
            return f">= {self.at_least:g}"
        return f"<= {self.at_most:g}" if self.at_most is not None else ""

    def is_reached(self, value):
        """Return whether a value reaches the goal; None where the figure has none."""
        if self.at_least is not None:
            return value >= self.at_least
        return value <= self.at_most if self.at_most is not None else None


class Measure:
    """Something that is measured. Subclasses set the attributes and define :meth:`run`.

    :cvar name: for ``make bench M=name``
    :cvar title: a line for the table
    :cvar figures: the :class:`Figure` objects, in the order of the table
    :cvar rounds: how often it runs
    """

    name = ""
    title = ""
    figures = ()
    rounds = 3

    def prepare(self, bench):
        """Make what all rounds need; not measured.

        :param bench: the running :class:`tools.bench.workbench.Workbench`
        """

    def run(self, bench):
        """Run every side once.

        :return: ``{name of a figure: number}``, one for each of :attr:`figures`
        """
        raise NotImplementedError
