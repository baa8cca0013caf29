import HTTPTypes

/// The body of the server's own refusals (RFC 9457), as this family of programs writes it.
enum ProblemDocument {
    static let contentType = "application/problem+json"

    static func render(_ failure: HTTPFailure) -> [UInt8] {
        var text = "{\"type\":\"about:blank\",\"title\":"
        append(failure.status.reasonPhrase, to: &text)
        text += ",\"status\":\(failure.status.code),\"code\":"
        append(failure.code, to: &text)
        text += ",\"detail\":"
        append(failure.message, to: &text)
        text += "}"
        return Array(text.utf8)
    }

    private static func append(_ value: String, to text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\u{0}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
