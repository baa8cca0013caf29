"""Holds the readings of a run against the plan: a page in Markdown, a chart for each benchmark, an exit status.

The status is 2 if a threshold is missed by more than its noise, and 3 if something was not measured.
"""

import argparse
import json
import math
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

import figures


class MeasuringError(Exception):
    """A plan or readings that can't be used."""


@dataclass(frozen=True)
class Target:
    """What a figure has to reach: a multiple of another series of the same run, or a number in the benchmark's unit."""

    direction: str
    """`at_least` or `at_most`."""
    goal: float
    """What is aimed at: a ratio to the comparator, or a number."""
    noise: float
    """How far a single run may miss the threshold by chance, as a share of it."""
    comparator: "str | None" = None
    threshold: "float | None" = None
    """What is held at the moment, where that is less than the goal: missing it fails the run."""

    def __post_init__(self):
        if self.direction not in ("at_least", "at_most"):
            raise TypeError(f"no direction: {self.direction}")

    @property
    def sign(self) -> str:
        return "≥" if self.direction == "at_least" else "≤"

    def verdict(self, figure: float) -> str:
        def meets(bar: float) -> bool:
            return figure >= bar if self.direction == "at_least" else figure <= bar

        bar = self.goal if self.threshold is None else self.threshold
        if meets(self.goal):
            return "reached"
        if meets(bar):
            return "held"
        return "within noise" if meets(bar * (1 - self.noise if self.direction == "at_least" else 1 + self.noise)) else "missed"


@dataclass(frozen=True)
class Benchmark:
    """One row of the table: a figure of ours, and what it has to hold against."""

    id: str
    title: str
    unit: str
    measured: str
    """The name of our series."""
    targets: tuple[Target, ...]
    note: "str | None" = None
    """What there is to say about a miss: the reason, and what would mend it."""


@dataclass(frozen=True)
class Plan:
    benchmarks: tuple[Benchmark, ...]
    machines: tuple[dict, ...] = ()
    """Other machines on which ratios were taken: `machine`, and `ratios` as benchmark → comparator → ratio."""

    @staticmethod
    def read(text: str) -> "Plan":
        try:
            document = json.loads(text)
            return Plan(
                tuple(Benchmark(**{**row, "targets": tuple(Target(**target) for target in row["targets"])})
                      for row in document["benchmarks"]),
                tuple(document.get("machines", ())))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise MeasuringError(f"the plan can't be read: {error}") from error

    def limited(self, readings: dict) -> "Plan":
        """Only what was measured at all."""
        return Plan(tuple(row for row in self.benchmarks if row.measured in readings.get(row.id, {})), self.machines)


def read_readings(text: str) -> dict[str, dict[str, list[float]]]:
    """Benchmark → series → a value for each round, in the order in which they were taken."""
    readings: dict[str, dict[str, list[float]]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        try:
            reading = json.loads(line)
            value = float(reading["value"])
            if not math.isfinite(value):
                raise ValueError(value)
            readings.setdefault(reading["benchmark"], {}).setdefault(reading["series"], []).append(value)
        except (ValueError, TypeError, KeyError) as error:
            raise MeasuringError(f"line {number} of the readings is not a reading") from error
    return readings


def spread(values: list[float]) -> float:
    """How far readings lie apart, as a share of their median."""
    median = statistics.median(values)
    return 0 if median == 0 else (max(values) - min(values)) / abs(median)


@dataclass(frozen=True)
class Standing:
    """How a measured figure stands to one target."""

    target: Target
    figure: float
    """The measured median divided by the comparator's, or the measured median itself."""
    range: "tuple[float, float] | None"
    """The smallest and largest such figure of a single round; none where rounds don't pair."""
    comparator: "float | None"
    """The comparator's median."""

    @property
    def verdict(self) -> str:
        return self.target.verdict(self.figure)

    @staticmethod
    def of(target: Target, measured: list[float], series: dict[str, list[float]]) -> "Standing | None":
        """None where the comparator was not measured."""
        median = statistics.median(measured)
        if target.comparator is None:
            return Standing(target, median, (min(measured), max(measured)), None)
        other = series.get(target.comparator)
        if not other or statistics.median(other) == 0:
            return None
        rounds = [ours / theirs for ours, theirs in zip(measured, other)] if len(measured) == len(other) and 0 not in other else []
        return Standing(target, median / statistics.median(other), (min(rounds), max(rounds)) if rounds else None,
                        statistics.median(other))


class Row:
    """One benchmark's result; `measured` is none if the run left it out."""

    def __init__(self, benchmark: Benchmark, series: dict[str, list[float]]):
        self.benchmark = benchmark
        self.measured = series.get(benchmark.measured)
        # Ours first.
        self.series = dict(sorted(series.items(), key=lambda item: item[0] != benchmark.measured))
        standings = [Standing.of(target, self.measured, series) for target in benchmark.targets] if self.measured else []
        self.standings = [standing for standing in standings if standing]
        self.absent = [target.comparator for target in benchmark.targets if target.comparator and target.comparator not in series]

    def lines(self) -> list[str]:
        name, unit = f"{self.benchmark.title} (`{self.benchmark.id}`)", self.benchmark.unit
        if not self.measured:
            return [f"| {name} | not measured | | | | |"]
        if not self.standings:
            others = "; ".join(f"{other} {_figure(values, unit)}" for other, values in self.series.items() if values is not self.measured)
            return [f"| {name} | {_figure(self.measured, unit)} | {others} | | stated | |"]
        lines = []
        for number, standing in enumerate(self.standings):
            other = standing.target.comparator
            cells = [name, _figure(self.measured, unit)] if number == 0 else ["", ""]
            cells += [f"{other}: {_figure(self.series[other], unit)}" if other else "", _ratio(standing), _aim(standing.target, unit)]
            lines.append("| " + " | ".join([*cells, standing.verdict]) + " |")
        return lines


class Report:
    """The readings of a run held against the plan."""

    def __init__(self, plan: Plan, readings: dict[str, dict[str, list[float]]]):
        self.plan = plan
        self.rows = [Row(benchmark, readings.get(benchmark.id, {})) for benchmark in plan.benchmarks]

    @property
    def misses(self) -> list[tuple[Benchmark, Standing]]:
        """What fails the run: a threshold missed by more than its noise."""
        return [(row.benchmark, standing) for row in self.rows for standing in row.standings if standing.verdict == "missed"]

    @property
    def gaps(self) -> list[str]:
        """What was not measured: benchmarks, and comparators as `benchmark: comparator`."""
        return [gap for row in self.rows for gap in
                ([f"{row.benchmark.id}: {name}" for name in row.absent] if row.measured else [row.benchmark.id])]

    def table(self) -> str:
        lines = ["| benchmark | measured | beside it, same run | ratio (single rounds) | to reach | |", "|---|---|---|---|---|---|"]
        lines += [line for row in self.rows for line in row.lines()]
        notes = [f"- **{row.benchmark.id}**: {row.benchmark.note}" for row in self.rows
                 if row.benchmark.note and any(standing.verdict != "reached" for standing in row.standings)]
        if notes:
            lines += ["", "Where a goal is missed, why, and what would mend it:", "", *notes]
        return "\n".join(lines) + "\n"

    def page(self, run: dict) -> str:
        """The table with where and when it was measured, and the same ratios on other kinds of machine."""
        lines = [
            "# What was measured", "",
            f"By `deploy/bench.sh` on {run['date']}, on {run['cores']} cores of {run['processor']}, "
            f"Linux {run['kernel']}, commit {run['commit']}.",
            "Medians; ± is half the range of the rounds. A chart of each benchmark lies beside this page.", "",
            self.table()]
        if self.plan.machines:
            lines += [
                "## The same ratios on other machines", "",
                "A ratio depends on the machine too, since the two programs of a pair don't slow down alike. What is held must be met "
                "on all of these; the goals are set on the machine above.", "",
                "| machine | benchmark | ratio there | ratio here |", "|---|---|---|---|", *self._elsewhere(), ""]
        return "\n".join(lines)

    def _elsewhere(self) -> list[str]:
        here = {(row.benchmark.id, standing.target.comparator): figures.fixed(standing.figure, 2)
                for row in self.rows for standing in row.standings}
        return [
            f"| {other['machine']} | `{benchmark}` beside {comparator} | {figures.fixed(ratio, 2)} | "
            f"{here.get((benchmark, comparator), 'not measured')} |"
            for other in self.plan.machines for benchmark, ratios in other["ratios"].items() for comparator, ratio in ratios.items()]


def _figure(values: list[float], unit: str) -> str:
    around = f" ±{figures.fixed(spread(values) * 50, 0)} %" if len(values) > 1 else ""
    return f"{figures.text(statistics.median(values))} {unit}{around}"


def _ratio(standing: Standing) -> str:
    if standing.target.comparator is None:
        return ""
    rounds = f" ({figures.fixed(standing.range[0], 2)}–{figures.fixed(standing.range[1], 2)})" if standing.range else ""
    return f"**{figures.fixed(standing.figure, 2)}**{rounds}"


def _aim(target: Target, unit: str) -> str:
    of = f"× {target.comparator}" if target.comparator else unit
    held = "" if target.threshold is None else f"; held: {figures.text(target.threshold)}"
    return f"{target.sign} {figures.text(target.goal)} {of}{held}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plan", type=Path, help="the plan: deploy/benchmarks/plan.json")
    parser.add_argument("readings", type=Path, help="the folder with readings.jsonl and run.json")
    parser.add_argument("--write", action="store_true", help="write RESULTS.md and the charts into that folder")
    parser.add_argument("--partial", action="store_true", help="report what was measured and leave out the rest")
    parser.add_argument("--lenient", action="store_true", help="end with 0 whatever the figures are: to see that everything works")
    arguments = parser.parse_args()
    try:
        readings = read_readings((arguments.readings / "readings.jsonl").read_text())
        plan = Plan.read(arguments.plan.read_text())
    except MeasuringError as error:
        sys.exit(f"report: {error}")
    report = Report(plan.limited(readings) if arguments.partial else plan, readings)
    page = report.page(json.loads((arguments.readings / "run.json").read_text()))
    print(page, end="")
    if arguments.write:
        import charts  # matplotlib is only needed here.

        (arguments.readings / "RESULTS.md").write_text(page)
        for row in report.rows:
            if row.measured:
                (arguments.readings / f"{row.benchmark.id}.svg").write_text(charts.svg(row))
    for benchmark, standing in report.misses:
        print(f"missed: {benchmark.id}, {standing.figure}", file=sys.stderr)
    for gap in report.gaps:
        print(f"not measured: {gap}", file=sys.stderr)
    if arguments.partial and not report.rows:
        sys.exit("report: nothing of the plan was measured")
    if report.gaps and not arguments.partial:
        return 3
    return 2 if report.misses and not arguments.lenient else 0


if __name__ == "__main__":
    sys.exit(main())
