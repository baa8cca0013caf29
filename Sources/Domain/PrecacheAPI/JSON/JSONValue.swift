import PrecacheModel

/// A JSON document that has been read.
package enum JSONValue: Hashable, Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case boolean(Bool)
    /// A whole number that fits, also one written `1.0` or `1e3`.
    case integer(Int64)
    /// Any other number.
    case number(Double)
    /// A text.
    case string(String)
    /// An array.
    case array([JSONValue])
    /// An object, in the order of the text; no name comes twice.
    case object([Member])

    /// A name with its value.
    package struct Member: Hashable, Sendable {
        /// The name.
        package let name: String
        /// The value.
        package let value: JSONValue

        package init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// What kind of value it is, for messages.
    package var kind: String {
        switch self {
        case .null: "null"
        case .boolean: "a boolean"
        case .integer, .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

extension JSONValue {
    /// A member of an object; nil if there is none, or this is no object.
    package subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// The text of a string; nil for anything else.
    package var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The value of a whole number; nil for anything else.
    package var integer: Int64? {
        guard case .integer(let number) = self else { return nil }
        return number
    }

    /// The value of a boolean; nil for anything else.
    package var boolean: Bool? {
        guard case .boolean(let truth) = self else { return nil }
        return truth
    }

    /// The elements of an array; none for anything else.
    package var items: [JSONValue] {
        guard case .array(let items) = self else { return [] }
        return items
    }

    /// The members of an object; none for anything else.
    package var members: [Member] {
        guard case .object(let members) = self else { return [] }
        return members
    }
}

/// Why some bytes are not JSON that we take.
package struct JSONSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    package let message: String
    /// Where, in bytes from the start.
    package let offset: Int

    package init(_ message: String, offset: Int) {
        self.message = message
        self.offset = offset
    }

    /// The error as text for people.
    package var description: String { "\(message) (at byte \(offset))" }
}

/// What a problem document (RFC 9457) says, in words for a log line or a result's detail.
package enum ProblemWords {
    /// Code and detail, `code, detail`; empty for any other body: whatever else it holds is not for people.
    package static func read(_ body: [UInt8]) -> String {
        guard case .object(let members)? = try? JSONParser.parse(body) else { return "" }
        let words = ["code", "detail"].compactMap { name -> String? in
            guard case .string(let text)? = members.last(where: { $0.name == name })?.value else {
                return nil
            }
            return printable(text)
        }
        return words.joined(separator: ", ")
    }

    private static func printable(_ text: String) -> String {
        let short = String(text.prefix(300))
        return PrintableText.isPrintable(short) ? short : "(unprintable)"
    }
}
