"""How many tests ended how."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Count:
    """The outcome of some tests; outcomes add up."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other):
        return Count(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
        )

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"
