"""Numbers as people read them."""

import math


def text(value: float) -> str:
    """Three significant digits or more, thousands set off: `0.828`, `12.5`, `12,480`."""
    size = abs(value)
    if size >= 1_000:
        return f"{_rounded(value):,}"
    return fixed(value, 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3)


def fixed(value: float, places: int) -> str:
    """A number with so many decimal places; what rounds to zero has no sign."""
    return f"{_rounded(value * 10**places) / 10**places + 0:.{places}f}"


def _rounded(value: float) -> int:
    # Halves away from zero, as people round; Python's own rounds them to the even neighbour.
    return int(math.copysign(math.floor(abs(value) + 0.5), value))
