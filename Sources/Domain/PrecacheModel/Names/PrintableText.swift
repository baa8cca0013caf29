/// Rules for texts that people choose.
package enum PrintableText {
    /// Whether a text has 1 to `limit` printable characters (no control, format or line separator characters)
    /// and no white space at either end.
    package static func isName(_ text: String, upTo limit: Int) -> Bool {
        let scalars = text.unicodeScalars
        guard let first = scalars.first, let last = scalars.last, scalars.count <= limit else { return false }
        return !first.properties.isWhitespace && !last.properties.isWhitespace && isPrintable(text)
    }

    /// Whether every character of a text can be shown: nothing that moves a cursor or starts a line.
    package static func isPrintable(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: false
            default: true
            }
        }
    }
}
