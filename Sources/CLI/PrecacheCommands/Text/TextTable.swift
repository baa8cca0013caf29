/// Rows of text in aligned columns, as `precache … list` prints them.
///
/// Columns are two spaces apart; the last one isn't padded. Cells are escaped, so that hostile names can't steer
/// the terminal.
package struct TextTable {
    /// A column: its heading, and how its cells stand.
    package struct Column {
        /// How cells stand.
        package enum Kind: Sendable, Hashable {
            /// On the left, each on one line.
            case text
            /// On the right, as numbers do.
            case number
            /// On the left, on as many lines as it takes.
            case prose
        }

        /// The heading, in capitals.
        package let heading: String
        package let kind: Kind

        /// A column of text.
        package static func text(_ heading: String) -> Column { Column(heading: heading, kind: .text) }

        /// A column of numbers.
        package static func number(_ heading: String) -> Column { Column(heading: heading, kind: .number) }

        /// A column of sentences.
        package static func prose(_ heading: String) -> Column { Column(heading: heading, kind: .prose) }
    }

    /// The columns, from left to right.
    package let columns: [Column]
    /// The rows so far, each with a cell per column.
    package private(set) var rows: [[String]] = []

    /// A table without rows.
    package init(_ columns: [Column]) { self.columns = columns }

    /// Adds a row; missing cells are empty, surplus ones are dropped, and an empty cell shows as `-`.
    package mutating func add(_ cells: [String?]) {
        rows.append(
            columns.indices.map { index in
                guard index < cells.count, let cell = cells[index], !cell.isEmpty else { return "-" }
                return TerminalText.escaped(cell)
            }
        )
    }

    /// The lines of the table, the headings first.
    ///
    /// Where they'd be wider than the terminal, prose goes on below itself. Where that would leave it too narrow to be
    /// read, the last column, if it is prose, gets lines of its own below each row. Where that isn't enough either, the
    /// widest text column is cut, down to 8 columns, and then the lines at their end.
    ///
    /// - Parameters:
    ///   - width: The columns of the terminal; nil where nothing may be cut, because a program reads on.
    ///   - mark: What shows that a text was cut.
    ///   - paint: Colours states and outcomes.
    /// - Returns: Lines without line ends, none wider than `width`.
    package func lines(
        width: Int?,
        mark: String = "…",
        paint: Paint = Paint(isOn: false)
    ) -> [String] {
        let fit = TableFit(columns, rows, width: width)
        return ([columns.map(\.heading)] + rows).flatMap { cells in
            let lines = self.lines(of: cells, fit, mark, Paint(isOn: false))
            guard let width, lines.contains(where: { TerminalText.width($0) > width }) else {
                return paint.isOn ? self.lines(of: cells, fit, mark, paint) : lines
            }
            return lines.map { TerminalText.truncated($0, to: width, mark: mark) }
        }
    }

    private func lines(of cells: [String], _ fit: TableFit, _ mark: String, _ paint: Paint) -> [String] {
        let parts = fit.widths.indices.map { index in
            columns[index].kind == .prose
                ? TerminalText.wrapped(cells[index], to: fit.widths[index])
                : [TerminalText.truncated(cells[index], to: fit.widths[index], mark: mark)]
        }
        let height = parts.reduce(0) { max($0, $1.count) }
        let lines = (0..<height).map { row in
            line(parts.map { row < $0.count ? $0[row] : "" }, fit.widths, paint)
        }
        guard let below = fit.below, let last = cells.last, last != "-" else { return lines }
        return lines + TerminalText.wrapped(last, to: below).map { TableFit.indent + $0 }
    }

    /// Words of states and outcomes that are good, bad, or in between.
    private static let colors: [String: Paint.Color] = [
        "up": .green, "succeeded": .green, "cached": .green, "existing": .green, "unsupported": .green,
        "down": .red, "failed": .red, "error": .red, "skipped": .red, "cancelled": .red, "paused": .red,
        "partial": .yellow, "unknown": .yellow, "running": .yellow,
        // Of policies, and of hosts that should have an image.
        "met": .green, "held": .red, "working": .yellow, "waiting": .yellow, "warm": .green, "stale": .yellow,
        "missing": .red, "damaged": .red,
    ]

    private func line(_ cells: [String], _ widths: [Int], _ paint: Paint) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let gap = String(repeating: " ", count: max(0, widths[index] - TerminalText.width(cell)))
            let isState = ["STATE", "OUTCOME"].contains(columns[index].heading)
            let shown = isState ? Self.colors[cell].map { paint(cell, $0) } ?? cell : cell
            line += columns[index].kind == .number ? gap + shown : shown + gap
            line += "  "
        }
        while line.last == " " { line.removeLast() }
        return line
    }
}

/// How wide each column of a table is on a terminal.
private struct TableFit {
    /// What begins a line of a column that has lines of its own.
    static let indent = "    "

    /// The width of each column that stands beside others.
    private(set) var widths: [Int]
    /// The width of the last column where it stands below each row; it has no entry in ``widths`` then.
    private(set) var below: Int?

    init(_ columns: [TextTable.Column], _ rows: [[String]], width: Int?) {
        widths = columns.indices.map { index in
            rows.reduce(TerminalText.width(columns[index].heading)) {
                max($0, TerminalText.width($1[index]))
            }
        }
        guard let width else { return }
        let natural = widths
        let prose = columns.indices.filter { columns[$0].kind == .prose }
        shrink(prose, from: natural, to: width)
        guard total > width else { return }
        if columns.last?.kind == .prose, columns.count > 1 {
            widths = natural.dropLast()
            below = max(8, width - Self.indent.count)
            shrink(prose.dropLast(), from: natural, to: width)
        }
        let texts = widths.indices.filter { columns[$0].kind != .number }
        if total > width, let widest = texts.max(by: { widths[$0] < widths[$1] }) {
            widths[widest] = max(min(8, widths[widest]), widths[widest] - (total - width))
        }
    }

    private var total: Int { widths.reduce(0, +) + 2 * max(0, widths.count - 1) }

    /// The narrowest that prose is readable: four lines or so, and never words of a few letters each.
    private static func least(_ natural: Int) -> Int { min(28, max(16, natural / 4)) }

    /// Takes from the widest of some columns, step by step, until all fit or each is as narrow as it may be.
    private mutating func shrink(_ some: some Collection<Int>, from natural: [Int], to width: Int) {
        while total > width {
            let open = some.filter { widths[$0] > Self.least(natural[$0]) }
            guard let widest = open.max(by: { widths[$0] < widths[$1] }) else { return }
            widths[widest] -= 1
        }
    }
}
