/// The report as a Markdown table, with what there is to say about misses beneath.
package struct MarkdownTable: Sendable {
    private let report: BenchmarkReport

    /// Takes a report.
    package init(_ report: BenchmarkReport) { self.report = report }

    /// The table's text.
    package func text() -> String {
        var lines = [
            "| benchmark | measured | beside it, same run | ratio (single rounds) | to reach | |",
            "|---|---|---|---|---|---|",
        ]
        for row in report.rows { lines += self.lines(row) }
        let notes = report.rows.compactMap { row -> String? in
            guard let note = row.benchmark.note, row.standings.contains(where: { $0.verdict != .reached })
            else { return nil }
            return "- **\(row.benchmark.id)**: \(note)"
        }
        if !notes.isEmpty {
            lines += ["", "Where a goal is missed, why, and what would mend it:", ""] + notes
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func lines(_ row: BenchmarkReport.Row) -> [String] {
        let name = "\(row.benchmark.title) (`\(row.benchmark.id)`)"
        guard let measured = row.measured else { return ["| \(name) | not measured | | | | |"] }
        let figure = Self.figure(measured, row.benchmark.unit)
        guard !row.standings.isEmpty else {
            let others = row.series.dropFirst().map {
                "\($0.name) \(Self.figure($0.samples, row.benchmark.unit))"
            }
            return ["| \(name) | \(figure) | \(others.joined(separator: "; ")) | | stated | |"]
        }
        return row.standings.enumerated().map { index, standing in
            let cells = [
                index == 0 ? name : "", index == 0 ? figure : "", beside(standing, row), Self.ratio(standing),
                Self.aim(standing, row.benchmark.unit), standing.verdict.rawValue,
            ]
            return "| " + cells.joined(separator: " | ") + " |"
        }
    }

    private func beside(_ standing: Standing, _ row: BenchmarkReport.Row) -> String {
        guard let name = standing.target.comparator,
            let samples = row.series.first(where: { $0.name == name })?.samples
        else { return "" }
        return "\(name): \(Self.figure(samples, row.benchmark.unit))"
    }

    private static func figure(_ samples: Samples, _ unit: String) -> String {
        let spread = samples.values.count > 1 ? " ±\(Figures.fixed(samples.spread * 50, 0)) %" : ""
        return "\(Figures.text(samples.median)) \(unit)\(spread)"
    }

    private static func ratio(_ standing: Standing) -> String {
        guard standing.target.comparator != nil else { return "" }
        let range = standing.range.map {
            " (\(Figures.fixed($0.lowerBound, 2))–\(Figures.fixed($0.upperBound, 2)))"
        }
        return "**\(Figures.fixed(standing.figure, 2))**" + (range ?? "")
    }

    private static func aim(_ standing: Standing, _ unit: String) -> String {
        let sign = standing.target.direction == .atLeast ? "≥" : "≤"
        func shown(_ bar: Double) -> String {
            standing.target.comparator.map { "\(sign) \(Figures.text(bar)) × \($0)" }
                ?? "\(sign) \(Figures.text(bar)) \(unit)"
        }
        guard let threshold = standing.target.threshold else { return shown(standing.target.goal) }
        return "\(shown(standing.target.goal)); held: \(Figures.text(threshold))"
    }
}
