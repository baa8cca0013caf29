/// Quoting that keeps one log event on one line, whatever is in it.
///
/// Beyond JSON's own needs, every character is escaped by which a value could end a line, move a terminal's cursor or
/// reorder what is read: C0 and C1 controls, DEL, line and paragraph separators, and the bidirectional controls.
enum LogText {
    /// Values longer than this many bytes are cut, and say so.
    static let valueLimit = 8_192

    /// Appends a quoted text, a valid JSON string.
    static func appendQuoted(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        var used = 0
        for scalar in text.unicodeScalars {
            used += UTF8.width(scalar)
            guard used <= valueLimit else {
                bytes.append(contentsOf: "... (\(text.utf8.count) bytes)".utf8)
                break
            }
            append(scalar, to: &bytes)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Appends a value of a logfmt pair: bare where that cannot be misread, else quoted.
    static func appendLogfmtValue(_ text: String, to bytes: inout [UInt8]) {
        let isBare =
            !text.isEmpty && text.utf8.count <= valueLimit
            && text.utf8.allSatisfy { byte in
                (0x21...0x7e).contains(byte) && byte != UInt8(ascii: "=") && byte != UInt8(ascii: "\"")
                    && byte != UInt8(ascii: "\\")
            }
        if isBare {
            bytes.append(contentsOf: text.utf8)
        } else {
            appendQuoted(text, to: &bytes)
        }
    }

    /// Appends a key of a logfmt pair: anything but ASCII letters, digits and `_.-` becomes `_`.
    static func appendLogfmtKey(_ text: String, to bytes: inout [UInt8]) {
        if text.isEmpty { bytes.append(UInt8(ascii: "_")) }
        for scalar in text.unicodeScalars.prefix(128) {
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "_", ".", "-":
                bytes.append(UInt8(truncatingIfNeeded: scalar.value))
            default:
                bytes.append(UInt8(ascii: "_"))
            }
        }
    }

    private static func append(_ scalar: Unicode.Scalar, to bytes: inout [UInt8]) {
        switch scalar {
        case "\"": bytes.append(contentsOf: #"\""#.utf8)
        case "\\": bytes.append(contentsOf: #"\\"#.utf8)
        case "\n": bytes.append(contentsOf: #"\n"#.utf8)
        case "\r": bytes.append(contentsOf: #"\r"#.utf8)
        case "\t": bytes.append(contentsOf: #"\t"#.utf8)
        case _ where mustEscape(scalar.value):
            let digits = String(scalar.value, radix: 16)
            bytes.append(contentsOf: "\\u".utf8)
            bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: 4 - digits.utf8.count))
            bytes.append(contentsOf: digits.utf8)
        default: bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
    }

    private static func mustEscape(_ value: UInt32) -> Bool {
        switch value {
        case 0x00...0x1f, 0x7f...0x9f, 0x061c, 0x200e...0x200f, 0x2028...0x202e, 0x2066...0x2069, 0xfeff: true
        default: false
        }
    }
}
