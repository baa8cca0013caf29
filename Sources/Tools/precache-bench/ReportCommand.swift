import ArgumentParser
import FoundationEssentials
import Measuring

/// Holds readings against the plan.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract:
            "Hold readings against the plan: a Markdown table, a chart for each benchmark, an exit status.",
        discussion: """
            Readings are JSON, an object a line: {"benchmark":"…","series":"…","value":…}, one for each round. The \
            exit status is 2 if a threshold is missed by more than its noise, and 3 if something was not measured.
            """
    )

    @Argument(help: "The plan: deploy/benchmarks/plan.json.")
    var plan: String

    @Argument(help: "The readings.")
    var readings: String

    @Option(help: ArgumentHelp("Write the charts (SVG) into this folder.", valueName: "path"))
    var charts: String?

    @Flag(help: "Report what was measured and leave out the rest.")
    var partial = false

    @Flag(help: "Leave the exit status 0 whatever the figures are: to see that everything works.")
    var lenient = false

    @Option(name: [.customShort("o"), .long], help: "How the result is written.")
    var output = OutputFormat.text

    func run() throws {
        let measured = try Readings(lines: try LocalFile.read(readings))
        var plan = try BenchmarkPlan(json: try LocalFile.read(plan))
        if partial { plan = plan.limited(to: measured) }
        let report = BenchmarkReport(plan: plan, readings: measured)
        switch output {
        case .text: print(MarkdownTable(report).text(), terminator: "")
        case .json: print(ReportDocument(report).text())
        }
        if let charts {
            for row in report.rows {
                guard let chart = BarChart(row) else { continue }
                try LocalFile.write(Array(chart.svg().utf8), to: "\(charts)/\(row.benchmark.id).svg")
            }
        }
        for miss in report.misses {
            StandardError.say("missed: \(miss.benchmark.id), \(miss.standing.figure)")
        }
        guard !partial || !report.rows.isEmpty else {
            throw ValidationError("nothing of the plan was measured")
        }
        for gap in report.gaps { StandardError.say("not measured: \(gap)") }
        if !report.gaps.isEmpty, !partial { throw ExitCode(3) }
        if !report.misses.isEmpty, !lenient { throw ExitCode(2) }
    }
}
