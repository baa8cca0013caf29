import PrecacheModel

/// Formats of texts in Nova's schemas (nova/api/validation/validators.py).
enum TextFormat: String, Sendable {
    /// A name without spaces around it.
    case name
    /// A name that may have them; they are taken off.
    case nameWithSpaces = "name_with_leading_trailing_spaces"
    /// An availability zone's name.
    case zone = "az_name"
    /// A UUID, with or without hyphens.
    case uuid

    /// Whether the text has the format.
    func accepts(_ text: String) -> Bool {
        switch self {
        case .name: Self.isBare(text)
        case .nameWithSpaces: PrintableText.isPrintable(text) && !Self.trimmed(text).isEmpty
        case .zone: Self.isBare(text) && !text.contains(":")
        case .uuid: Self.isUUID(text)
        }
    }

    /// What Nova says of a text without the format; nil for the validator's own words.
    var refusal: String? {
        let rule: String
        switch self {
        case .name: rule = "printable characters. Can not start or end with whitespace."
        case .nameWithSpaces: rule = "printable characters with at least one non space character"
        case .zone: rule = "printable characters except :.Can not start or end with whitespace."
        case .uuid: return nil
        }
        return "An invalid 'name' value was provided. The name must be: \(rule)"
    }

    /// Without white space around it.
    static func trimmed(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let start = scalars.drop { $0.properties.isWhitespace }
        var end = start
        while let last = end.last, last.properties.isWhitespace { end.removeLast() }
        return String(String.UnicodeScalarView(end))
    }

    /// Also an empty text: that is the length's business.
    private static func isBare(_ text: String) -> Bool {
        PrintableText.isPrintable(text) && trimmed(text) == text
    }

    /// `uuidutils.is_uuid_like`: 32 hexadecimal digits, wherever hyphens stand between them.
    static func isUUID(_ text: String) -> Bool {
        let digits = text.utf8.filter { $0 != UInt8(ascii: "-") }
        return digits.count == 32
            && digits.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
            }
    }
}
