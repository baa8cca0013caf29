"""One benchmark as a picture: a bar for each series with the range of its rounds, a dashed line for each target."""

import io
import statistics

import figures
import matplotlib

matplotlib.use("svg")
# Text stays text, and the same readings make the same bytes.
matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "precache", "font.family": "sans-serif", "font.size": 10})

from matplotlib import pyplot  # noqa: E402


def svg(row) -> str:
    """The picture of a `report.Row` that was measured."""
    height = 1.0 + 0.36 * len(row.series) + 0.2 * len(row.standings)
    figure, axes = pyplot.subplots(figsize=(7.5, height), layout="constrained")
    names = list(row.series)
    for place, name in enumerate(names):
        values = row.series[name]
        median = statistics.median(values)
        bar, = axes.barh(place, median, height=0.64, color="#1f6feb" if name == row.benchmark.measured else "#9aa4b1")
        bar.set_gid(f"bar-{place}")
        axes.plot([min(values), max(values)], [place, place], color="#222", linewidth=1.2)
        axes.annotate(figures.text(median), (max(*values, median), place), xytext=(5, 0), textcoords="offset points", va="center")
    for standing in row.standings:
        target = standing.target
        aim = f"target {target.sign} {figures.text(target.goal)}" + (f" × {target.comparator}" if target.comparator else "")
        axes.axvline(target.goal * (standing.comparator or 1), color="#b3261e", linewidth=1.2, linestyle=(0, (5, 4)), label=aim)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlim(0, axes.get_xlim()[1] * 1.08)
    axes.xaxis.set_major_formatter("{x:,g}")
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel(f"{row.benchmark.unit}, median and range of rounds", color="#555")
    axes.set_title(row.benchmark.title, loc="left", fontsize=10, fontweight="bold", wrap=True)
    if row.standings:
        figure.legend(loc="outside lower left", frameon=False, fontsize=9)
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Title": row.benchmark.title})
    pyplot.close(figure)
    return text.getvalue()
