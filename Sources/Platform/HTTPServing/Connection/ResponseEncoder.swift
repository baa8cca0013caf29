import HTTPTypes

/// Writes the heads of answers.
enum ResponseEncoder {
    /// How the client finds the body's end.
    enum Framing: Equatable {
        /// There is no body and no word about one: 1xx, 204, 304.
        case none
        case length(Int)
        case chunked
        /// By the connection's end, for HTTP/1.0.
        case close
    }

    /// Appends status line, fields and the empty line.
    static func encode(
        status: HTTPResponse.Status,
        headers: HTTPFields,
        framing: Framing,
        keepsAlive: Bool,
        announcesKeepAlive: Bool,
        date: [UInt8],
        into buffer: IOBuffer
    ) {
        buffer.append("HTTP/1.1 ")
        buffer.append(number: status.code)
        buffer.append(" ")
        buffer.append(status.reasonPhrase)
        buffer.append("\r\n")
        for field in headers where !isOurs(field.name) {
            buffer.append(field.name.rawName)
            buffer.append(": ")
            buffer.append(field.value)
            buffer.append("\r\n")
        }
        buffer.append(date)
        switch framing {
        case .none, .close: break
        case .length(let length):
            buffer.append("Content-Length: ")
            buffer.append(number: length)
            buffer.append("\r\n")
        case .chunked: buffer.append("Transfer-Encoding: chunked\r\n")
        }
        if !keepsAlive {
            buffer.append("Connection: close\r\n")
        } else if announcesKeepAlive {
            buffer.append("Connection: keep-alive\r\n")
        }
        buffer.append("\r\n")
    }

    /// Fields that the server alone decides on.
    private static func isOurs(_ name: HTTPField.Name) -> Bool {
        let text = name.canonicalName
        return switch text.utf8.count {
        case 2: text == "te"
        case 4: text == "date"
        case 7: text == "upgrade" || text == "trailer"
        case 10: text == "connection" || text == "keep-alive"
        case 14: text == "content-length"
        case 17: text == "transfer-encoding"
        default: false
        }
    }
}

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
