import TextForms

/// Numbers as people read them.
package enum Quantity {
    /// `1,234,567`.
    package static func count(_ value: Int) -> String { grouped(Int64(value)) }

    /// A count with its noun: `1 host`, `1,200 hosts`.
    package static func count(_ value: Int, _ noun: String) -> String {
        "\(count(value)) \(noun)\(value == 1 ? "" : "s")"
    }

    /// A number of bytes in binary units with one decimal: `512 B`, `1.5 GiB`.
    package static func bytes(_ value: Int64) -> String { ByteSize.text(value) }

    /// A rate: `12.4 MiB/s`.
    package static func rate(_ bytesPerSecond: Double) -> String {
        bytes(Int64(min(max(0, bytesPerSecond), 9e18))) + "/s"
    }

    /// A length of time: `42s`, `3m 05s`, `2h 07m`, `4d 03h`.
    package static func duration(_ value: Duration) -> String {
        let seconds = max(0, value.components.seconds)
        switch seconds {
        case ..<60: return "\(seconds)s"
        case ..<3600: return "\(seconds / 60)m \(twoDigits(seconds % 60))s"
        case ..<86_400: return "\(seconds / 3600)h \(twoDigits(seconds / 60 % 60))m"
        default: return "\(seconds / 86_400)d \(twoDigits(seconds / 3600 % 24))h"
        }
    }

    private static func twoDigits(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }

    private static func grouped(_ value: Int64) -> String {
        let digits = Array(String(value.magnitude))
        var shown = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { shown.append(",") }
            shown.append(digit)
        }
        return value < 0 ? "-" + shown : shown
    }
}

/// Times as people read them in a table.
enum TimeText {
    /// `2026-11-23 20:15:32Z` of `2026-11-23T20:15:32.123456Z`; any other text stays as it is.
    static func short(_ text: String?) -> String? {
        guard let text else { return nil }
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[10] == UInt8(ascii: "T"), bytes.last == UInt8(ascii: "Z") else {
            return text
        }
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8))Z"
    }
}
