import Testing

@testable import Measuring

struct ReportTests {
    private static let plan = """
        {"benchmarks":[
          {"id":"rate","title":"A & B","unit":"requests/s","measured":"ours","note":"because",
           "targets":[{"comparator":"theirs","direction":"at_least","goal":0.8,"threshold":0.5,"noise":0.1},
                      {"comparator":"absent","direction":"at_least","goal":2,"noise":0.1}]},
          {"id":"memory","title":"Memory","unit":"MiB","measured":"ours",
           "targets":[{"direction":"at_most","goal":64,"noise":0.05}]},
          {"id":"unmeasured","title":"Nothing","unit":"s","measured":"ours","targets":[]}]}
        """

    private func report(rate: [Double], memory: Double = 60) throws -> BenchmarkReport {
        var lines = "{\"benchmark\":\"memory\",\"series\":\"ours\",\"value\":\(memory)}\n"
        for value in rate {
            lines += "{\"benchmark\":\"rate\",\"series\":\"theirs\",\"value\":100}\n"
            lines += "{\"benchmark\":\"rate\",\"series\":\"ours\",\"value\":\(value)}\n"
        }
        return BenchmarkReport(
            plan: try BenchmarkPlan(json: Array(Self.plan.utf8)),
            readings: try Readings(lines: Array(lines.utf8))
        )
    }

    @Test(arguments: [
        ([80.0, 70, 95], Standing.Verdict.reached), ([79, 79, 79], .held), ([49, 49, 46], .withinNoise),
        ([44, 44, 90], .missed),
    ])
    func ratiosOfMediansDecide(rate: [Double], verdict: Standing.Verdict) throws {
        let report = try report(rate: rate)
        let standing = try #require(report.rows[0].standings.first)
        #expect(standing.verdict == verdict)
        #expect(report.misses.count == (verdict == .missed ? 1 : 0))
        #expect(standing.range?.lowerBound == rate.reduce(rate[0], min) / 100)
    }

    @Test func whatWasNotMeasuredIsSaid() throws {
        let report = try report(rate: [80])
        #expect(report.gaps == ["rate: absent", "unmeasured"])
        let plan = try BenchmarkPlan(json: Array(Self.plan.utf8))
        #expect(plan.limited(to: try Readings(lines: [])).benchmarks.isEmpty)
    }

    @Test func anUpperBoundIsMissedAboveIt() throws {
        #expect(try report(rate: [80], memory: 67).misses.isEmpty)
        #expect(try report(rate: [80], memory: 68).misses.map(\.benchmark.id) == ["memory"])
    }

    @Test func theTableHasFiguresRatiosAndReasons() throws {
        let text = MarkdownTable(try report(rate: [40, 50, 60])).text()
        #expect(
            text.contains(
                "| A & B (`rate`) | 50.0 requests/s ±20 % | theirs: 100 requests/s ±0 % | **0.50** (0.40–0.60) | "
                    + "≥ 0.800 × theirs; held: 0.500 | held |"
            )
        )
        #expect(text.contains("| Memory (`memory`) | 60.0 MiB |  |  | ≤ 64.0 MiB | reached |"))
        #expect(text.contains("- **rate**: because"))
        #expect(text.contains("| Nothing (`unmeasured`) | not measured |"))
    }

    @Test func theChartIsWellFormed() throws {
        let chart = try #require(BarChart(try report(rate: [40, 50]).rows[0])).svg()
        #expect(chart.hasPrefix("<svg ") && chart.hasSuffix("</svg>\n"))
        #expect(chart.contains("A &amp; B") && !chart.contains("A & B"))
        #expect(chart.components(of: "<rect x=") == 2)
        #expect(BarChart(try report(rate: [1]).rows[2]) == nil)
    }

    @Test(arguments: ["{", "{\"benchmarks\":[{}]}", "[]"])
    func aBrokenPlanIsNamed(_ json: String) {
        #expect(throws: MeasuringError.self) { try BenchmarkPlan(json: Array(json.utf8)) }
    }

    @Test func aBrokenReadingIsNamedByItsLine() {
        let lines = "{\"benchmark\":\"a\",\"series\":\"b\",\"value\":1}\nx\n"
        #expect(throws: MeasuringError("line 2 of the readings is not a reading")) {
            try Readings(lines: Array(lines.utf8))
        }
    }

    @Test func figuresAsPeopleReadThem() {
        #expect(
            [0.8284, 1.5, 12.48, 125.4, 12_480, 1_234_567].map(Figures.text) == [
                "0.828", "1.50", "12.5", "125", "12,480", "1,234,567",
            ]
        )
    }

    @Test func percentilesOfLatencies() {
        var record = LatencyRecord()
        for number in 1...100 { record.record(.milliseconds(number)) }
        #expect(abs(record.milliseconds(atPercentile: 50) - 50) < 0.1)
        #expect(abs(record.milliseconds(atPercentile: 99) - 99) < 0.1)
        #expect(record.count == 100 && LatencyRecord().longestMilliseconds == 0)
    }
}

extension String {
    fileprivate func components(of part: String) -> Int { split(separator: part).count - 1 }
}
