import ArgumentParser
import FoundationEssentials
import Measuring

/// Holds readings against the plan.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Hold readings against the plan: a Markdown table, a chart for each benchmark, an exit status.",
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

    @Flag(help: "Leave the exit status 0 whatever the figures are: to see that everything works.")
    var lenient = false

    @Option(name: [.customShort("o"), .long], help: "How the result is written.")
    var output = OutputFormat.text

    func run() throws {
        let report = BenchmarkReport(
            plan: try BenchmarkPlan(json: try LocalFile.read(plan)),
            readings: try Readings(lines: try LocalFile.read(readings))
        )
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
        for gap in report.gaps { StandardError.say("not measured: \(gap)") }
        if !report.gaps.isEmpty { throw ExitCode(3) }
        if !report.misses.isEmpty, !lenient { throw ExitCode(2) }
    }
}
