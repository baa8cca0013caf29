import FoundationEssentials

/// The report for programs, as JSON.
package struct ReportDocument: Encodable, Sendable {
    private struct Row: Encodable {
        let id: String
        let unit: String
        let series: [String: [Double]]
        let targets: [Held]
    }

    private struct Held: Encodable {
        let comparator: String?
        let direction: String
        let goal: Double
        let threshold: Double?
        let noise: Double
        let figure: Double
        let verdict: String
    }

    private let benchmarks: [Row]
    private let gaps: [String]

    private enum CodingKeys: String, CodingKey {
        case benchmarks
        case gaps = "not_measured"
    }

    /// Takes a report.
    package init(_ report: BenchmarkReport) {
        gaps = report.gaps
        benchmarks = report.rows.map { row in
            Row(
                id: row.benchmark.id,
                unit: row.benchmark.unit,
                series: Dictionary(
                    row.series.map { ($0.name, $0.samples.values) },
                    uniquingKeysWith: { first, _ in first }
                ),
                targets: row.standings.map { standing in
                    Held(
                        comparator: standing.target.comparator,
                        direction: standing.target.direction.rawValue,
                        goal: standing.target.goal,
                        threshold: standing.target.threshold,
                        noise: standing.target.noise,
                        figure: standing.figure,
                        verdict: standing.verdict.rawValue
                    )
                }
            )
        }
    }

    /// The document's text.
    package func text() -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}
