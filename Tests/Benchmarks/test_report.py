"""What the report makes of readings."""

import xml.etree.ElementTree

import charts
import figures
import pytest
from report import MeasuringError, Plan, Report, read_readings, spread

PLAN = """
    {"benchmarks":[
      {"id":"rate","title":"A & B","unit":"requests/s","measured":"ours","note":"because",
       "targets":[{"comparator":"theirs","direction":"at_least","goal":0.8,"threshold":0.5,"noise":0.1},
                  {"comparator":"absent","direction":"at_least","goal":2,"noise":0.1}]},
      {"id":"memory","title":"Memory","unit":"MiB","measured":"ours",
       "targets":[{"direction":"at_most","goal":64,"noise":0.05}]},
      {"id":"unmeasured","title":"Nothing","unit":"s","measured":"ours","targets":[]}],
     "machines":[{"machine":"a slow one","ratios":{"rate":{"theirs":0.62}}}]}
    """
RUN = {"date": "2026-01-02", "cores": 2, "processor": "a make", "kernel": "6.1", "commit": "0123456"}


def report(rate, memory=60) -> Report:
    lines = f'{{"benchmark":"memory","series":"ours","value":{memory}}}\n'
    for value in rate:
        lines += '{"benchmark":"rate","series":"theirs","value":100}\n'
        lines += f'{{"benchmark":"rate","series":"ours","value":{value}}}\n'
    return Report(Plan.read(PLAN), read_readings(lines))


@pytest.mark.parametrize("rate, verdict", [
    ([80, 70, 95], "reached"), ([79, 79, 79], "held"), ([49, 49, 46], "within noise"), ([44, 44, 90], "missed")])
def test_ratios_of_medians_decide(rate, verdict):
    told = report(rate)
    standing = told.rows[0].standings[0]
    assert standing.verdict == verdict
    assert len(told.misses) == (1 if verdict == "missed" else 0)
    assert standing.range[0] == min(rate) / 100


def test_what_was_not_measured_is_said():
    assert report([80]).gaps == ["rate: absent", "unmeasured"]
    assert Plan.read(PLAN).limited({}).benchmarks == ()


def test_an_upper_bound_is_missed_above_it():
    assert report([80], memory=67).misses == []
    assert [benchmark.id for benchmark, _ in report([80], memory=68).misses] == ["memory"]


def test_the_table_has_figures_ratios_and_reasons():
    text = report([40, 50, 60]).table()
    assert ("| A & B (`rate`) | 50.0 requests/s ±20 % | theirs: 100 requests/s ±0 % | **0.50** (0.40–0.60) | "
            "≥ 0.800 × theirs; held: 0.500 | held |") in text
    assert "| Memory (`memory`) | 60.0 MiB |  |  | ≤ 64.0 MiB | reached |" in text
    assert "- **rate**: because" in text
    assert "| Nothing (`unmeasured`) | not measured |" in text


def test_the_page_says_where_ratios_were_taken():
    text = report([80]).page(RUN)
    assert "on 2026-01-02, on 2 cores of a make, Linux 6.1, commit 0123456." in text
    assert "| a slow one | `rate` beside theirs | 0.62 | 0.80 |" in text


def test_the_chart_is_well_formed():
    told = report([40, 50])
    text = charts.svg(told.rows[0])
    assert xml.etree.ElementTree.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"
    assert "A &amp; B" in text and "A & B" not in text
    assert text.count('id="bar-') == 2
    assert "target ≥ 0.800 × theirs" in text
    assert charts.svg(told.rows[0]) == text
    assert told.rows[2].measured is None


@pytest.mark.parametrize("text", ["{", '{"benchmarks":[{}]}', "[]"])
def test_a_broken_plan_is_named(text):
    with pytest.raises(MeasuringError, match="the plan can't be read"):
        Plan.read(text)


@pytest.mark.parametrize("line", ["x", '{"benchmark":"a","series":"b","value":NaN}', '{"benchmark":"a","series":"b"}', "1"])
def test_a_broken_reading_is_named_by_its_line(line):
    with pytest.raises(MeasuringError, match="^line 2 of the readings is not a reading$"):
        read_readings('{"benchmark":"a","series":"b","value":1}\n' + line + "\n")


def test_spread_is_a_share_of_the_median():
    assert spread([9, 1, 5]) == 1.6
    assert spread([0, 0]) == 0


def test_figures_as_people_read_them():
    told = [figures.text(value) for value in (0.8284, 1.5, 12.48, 125.4, 12_480, 1_234_567)]
    assert told == ["0.828", "1.50", "12.5", "125", "12,480", "1,234,567"]
    assert [figures.fixed(2.5, 0), figures.fixed(-0.001, 2), figures.text(0)] == ["3", "0.00", "0.000"]
