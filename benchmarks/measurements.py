"""A measurement: what several subjects took in the same rounds, and the ratio of one to another.

Subjects take turns within each round, and a ratio is the median of the rounds' ratios, so that what else the machine
does meets all of them alike.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

OURS = "mockserver"
FLOOR = "floor"

Take = Callable[[], Mapping[str, float]]


class FailedError(Exception):
    """Something could not be measured; the text says why."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measure of a case: the figures of every round, by subject.

    `reference` is the subject that the others are compared with.
    """

    case: str
    measure: str
    unit: str
    reference: str
    rounds: Mapping[str, list[float]]

    @property
    def name(self) -> str:
        """Case and measure, which together say what was measured."""
        return f"{self.case}: {self.measure}"

    def typical(self, subject: str) -> float:
        """Return the median of a subject's rounds."""
        return median(self.rounds[subject])

    def ratio(self, subject: str = OURS) -> float:
        """Return the median, over the rounds, of a subject's figure divided by the reference's."""
        pairs = zip(self.rounds[subject], self.rounds[self.reference], strict=True)
        return median(figure / reference if reference else float("inf") for figure, reference in pairs)


def alternate(
    case: str,
    rounds: int,
    takes: Mapping[str, Take],
    units: Mapping[str, str],
    *,
    reference: str = FLOOR,
    say: Callable[[str], None] = print,
) -> list[Measurement]:
    """Let subjects take turns, and return a measurement for each of the measures that `units` names.

    Every round begins with another subject, so that none always has the better place. A peer that fails is left out
    from then on, which is said; where the mock server or the reference fails, FailedError is raised.
    """
    figures: dict[str, dict[str, list[float]]] = {measure: {subject: [] for subject in takes} for measure in units}
    subjects = list(takes)
    for number in range(rounds):
        start = number % len(subjects)
        for subject in subjects[start:] + subjects[:start]:
            try:
                taken = takes[subject]()
            except FailedError as error:
                if subject in (OURS, reference):
                    raise
                say(f"{case}: without {subject}: {error}")
                subjects.remove(subject)
                continue
            for measure in units:
                figures[measure][subject].append(taken[measure])
    figures = {
        measure: {subject: by_subject[subject] for subject in subjects} for measure, by_subject in figures.items()
    }
    return [Measurement(case, measure, units[measure], reference, figures[measure]) for measure in units]
