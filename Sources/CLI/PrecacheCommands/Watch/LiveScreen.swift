/// The part of a terminal's screen that is drawn over and over, and how to get it back.
struct LiveScreen {
    // The columns of each line that stands there now.
    private var shown: [Int] = []

    /// What to write so that `above` scrolls away over the picture and `picture` stands below it.
    ///
    /// - Parameters:
    ///   - above: Lines that stay, without line ends.
    ///   - picture: Lines that replace the last picture; none of them wider than `width`.
    ///   - width: The terminal's columns now. Where it has become narrower since, the old lines have wrapped, and
    ///     more rows are taken back.
    /// - Returns: Text and control sequences (ECMA-48).
    mutating func draw(above: [String], picture: [String], width: Int) -> String {
        let rows = shown.reduce(0) { $0 + max(1, ($1 + width - 1) / max(1, width)) }
        shown = picture.map { TerminalText.width(Self.withoutColor($0)) }
        let back = rows > 0 ? "\u{1B}[\(rows)A\r\u{1B}[J" : ""
        return back + (above + picture).map { $0 + "\n" }.joined()
    }

    private static func withoutColor(_ text: String) -> String {
        var plain = ""
        var isEscape = false
        for scalar in text.unicodeScalars {
            if scalar == "\u{1B}" { isEscape = true }
            if !isEscape { plain.unicodeScalars.append(scalar) }
            if scalar == "m" { isEscape = false }
        }
        return plain
    }
}

/// Colours of a terminal (ECMA-48, SGR), or none.
package struct Paint: Sendable, Hashable {
    /// The colours in use.
    package enum Color: Int, Sendable {
        /// For what isn't good.
        case red = 31
        /// For what is good.
        case green = 32
        /// For what needs patience.
        case yellow = 33
    }

    let isOn: Bool

    /// A paint that colours, or one that leaves all as it is.
    package init(isOn: Bool) { self.isOn = isOn }

    /// The text in a colour.
    package func callAsFunction(_ text: String, _ color: Color) -> String {
        isOn && !text.isEmpty ? "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m" : text
    }
}
