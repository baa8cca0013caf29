/// Rows of text in aligned columns, as `precache … list` prints them.
///
/// Columns are two spaces apart; the last one isn't padded. Cells are escaped, so that hostile names can't steer
/// the terminal.
package struct TextTable {
    /// A column: its heading, and on which side its text stands.
    package struct Column {
        /// The heading, in capitals.
        package let heading: String
        /// Whether the text stands on the right, as numbers do.
        package let isRight: Bool

        /// A column of text.
        package static func text(_ heading: String) -> Column { Column(heading: heading, isRight: false) }

        /// A column of numbers.
        package static func number(_ heading: String) -> Column { Column(heading: heading, isRight: true) }
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
    /// - Parameters:
    ///   - width: The columns of the terminal; nil where nothing may be cut, because a program reads on.
    ///   - mark: What shows that a text was cut.
    /// - Returns: Lines without line ends. Where they'd be wider than `width`, the widest text column alone is cut,
    ///   down to 8 columns; where that isn't enough, the lines are cut at their end. None ever wraps.
    package func lines(width: Int?, mark: String = "…") -> [String] {
        var widths = columns.indices.map { index in
            rows.reduce(TerminalText.width(columns[index].heading)) {
                max($0, TerminalText.width($1[index]))
            }
        }
        let total = widths.reduce(0, +) + 2 * max(0, columns.count - 1)
        let texts = columns.indices.filter { !columns[$0].isRight }
        if let width, total > width, let widest = texts.max(by: { widths[$0] < widths[$1] }) {
            widths[widest] = max(min(8, widths[widest]), widths[widest] - (total - width))
        }
        return ([columns.map(\.heading)] + rows).map { cells in
            let line = line(of: cells, widths: widths, mark: mark)
            guard let width else { return line }
            return TerminalText.truncated(line, to: width, mark: mark)
        }
    }

    private func line(of cells: [String], widths: [Int], mark: String) -> String {
        var line = ""
        for (index, cell) in cells.enumerated() {
            let shown = TerminalText.truncated(cell, to: widths[index], mark: mark)
            let gap = String(repeating: " ", count: max(0, widths[index] - TerminalText.width(shown)))
            let isLast = index == cells.count - 1
            line += columns[index].isRight ? gap + shown : (isLast ? shown : shown + gap)
            if !isLast { line += "  " }
        }
        return line
    }
}
