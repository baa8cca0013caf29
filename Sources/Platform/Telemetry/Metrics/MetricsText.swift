/// Writes the Prometheus text exposition format, version 0.0.4.
struct MetricsText {
    private(set) var bytes: [UInt8] = []

    /// The two comment lines that open a family.
    ///
    /// In help, backslash and line feed are escaped.
    mutating func begin(_ family: MetricDescription) {
        append("# HELP \(family.name) ")
        appendEscaped(family.help, quote: false)
        append("\n# TYPE \(family.name) \(family.kind.rawValue)\n")
    }

    /// One line: name, labels in braces if there are any, value.
    mutating func sample(_ name: String, labels: [String], values: [String], value: String) {
        append(name)
        var separator = "{"
        for (label, labelValue) in zip(labels, values) {
            append(separator)
            append(label)
            append("=\"")
            appendEscaped(labelValue, quote: true)
            append("\"")
            separator = ","
        }
        append(labels.isEmpty ? " " : "} ")
        append(value)
        append("\n")
    }

    /// A number as Go's `ParseFloat` reads it: `+Inf`, `-Inf`, `NaN`, whole numbers without a fraction.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value.magnitude < 0x1p53, let whole = Int64(exactly: value) { return String(whole) }
        return value.description
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    /// Escapes backslash and line feed, and in label values the double quote.
    private mutating func appendEscaped(_ text: String, quote: Bool) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): append("\\\\")
            case UInt8(ascii: "\n"): append("\\n")
            case UInt8(ascii: "\"") where quote: append("\\\"")
            default: bytes.append(byte)
            }
        }
    }
}
