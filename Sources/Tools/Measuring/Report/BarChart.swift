/// One benchmark as an SVG picture: a bar for each series with the range of its rounds, a dashed line for each target.
package struct BarChart: Sendable {
    private let row: BenchmarkReport.Row

    private static let width = 720.0
    private static let left = 190.0
    private static let right = 110.0
    private static let top = 56.0
    private static let step = 34.0

    /// A chart of a row; nil for one that was not measured.
    package init?(_ row: BenchmarkReport.Row) {
        guard row.measured != nil else { return nil }
        self.row = row
    }

    /// The picture.
    package func svg() -> String {
        let marks = row.standings.map(Self.mark)
        let highest = (row.series.map(\.samples.largest) + marks.map(\.value)).reduce(0, max)
        let scale = highest > 0 ? (Self.width - Self.left - Self.right) / highest : 0
        let bottom = Self.top + Double(row.series.count) * Self.step
        let height = bottom + 18 * Double(marks.count) + 14
        var parts = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Self.width)) \(Int(height))" \
            font-family="sans-serif" font-size="13" role="img">
            """,
            "<title>\(Self.escaped(row.benchmark.title))</title>",
            "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>",
            Self.text(12, 24, Self.escaped(row.benchmark.title), "font-size=\"15\" font-weight=\"bold\""),
            Self.text(
                12,
                43,
                "\(Self.escaped(row.benchmark.unit)), median and range of rounds",
                "fill=\"#555\""
            ),
        ]
        for (index, series) in row.series.enumerated() {
            parts += bar(series.name, series.samples, Self.top + Double(index) * Self.step, scale)
        }
        for (index, mark) in marks.enumerated() {
            let x = Self.left + mark.value * scale
            parts.append(
                """
                <line x1="\(Self.place(x))" y1="\(Self.place(Self.top - 4))" x2="\(Self.place(x))" \
                y2="\(Self.place(bottom))" stroke="#b3261e" stroke-width="1.5" stroke-dasharray="5 4"/>
                """
            )
            let label = "target \(mark.label)"
            parts.append(Self.text(Self.left, bottom + 16 + 18 * Double(index), label, "fill=\"#b3261e\""))
        }
        return parts.joined(separator: "\n") + "\n</svg>\n"
    }

    private func bar(_ name: String, _ samples: Samples, _ y: Double, _ scale: Double) -> [String] {
        let colour = name == row.benchmark.measured ? "#1f6feb" : "#9aa4b1"
        let (low, high) = (Self.left + samples.smallest * scale, Self.left + samples.largest * scale)
        let middle = y + 11
        return [
            Self.text(Self.left - 8, y + 16, Self.escaped(name), "text-anchor=\"end\""),
            """
            <rect x="\(Self.place(Self.left))" y="\(Self.place(y))" width="\(Self.place(samples.median * scale))" \
            height="22" rx="2" fill="\(colour)"/>
            """,
            """
            <line x1="\(Self.place(low))" y1="\(Self.place(middle))" x2="\(Self.place(high))" \
            y2="\(Self.place(middle))" stroke="#222" stroke-width="1.5"/>
            """,
            Self.text(
                max(high, Self.left + samples.median * scale) + 6,
                y + 16,
                Figures.text(samples.median),
                ""
            ),
        ]
    }

    private static func mark(_ standing: Standing) -> (value: Double, label: String) {
        let sign = standing.target.direction == .atLeast ? "≥" : "≤"
        let goal = Figures.text(standing.target.goal)
        guard let name = standing.target.comparator, let median = standing.comparator else {
            return (standing.target.goal, "\(sign) \(goal)")
        }
        return (standing.target.goal * median, "\(sign) \(goal) × \(escaped(name))")
    }

    private static func text(_ x: Double, _ y: Double, _ text: String, _ attributes: String) -> String {
        let gap = attributes.isEmpty ? "" : " "
        return "<text x=\"\(place(x))\" y=\"\(place(y))\"\(gap)\(attributes)>\(text)</text>"
    }

    private static func place(_ value: Double) -> String { Figures.fixed(value, 1) }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            default: result.append(character)
            }
        }
    }
}
