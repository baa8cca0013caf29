import PrecacheAPI

/// JSON values as Python writes them, since Nova's messages quote them so.
enum PythonText {
    /// `str(value)`: a text bare, anything else as ``repr(_:)``.
    static func str(_ value: JSONValue) -> String {
        if case .string(let text) = value { return text }
        return repr(value)
    }

    /// `repr(value)`.
    static func repr(_ value: JSONValue) -> String {
        switch value {
        case .null: "None"
        case .boolean(let truth): truth ? "True" : "False"
        case .integer(let number): String(number)
        case .number(let number): String(number)
        case .string(let text): repr(text)
        case .array(let items): "[" + items.map(repr).joined(separator: ", ") + "]"
        case .object(let members):
            "{" + members.map { "\(repr($0.name)): \(repr($0.value))" }.joined(separator: ", ") + "}"
        }
    }

    /// `repr` of a text: in single quotes, or in double ones where only that saves escapes.
    static func repr(_ text: String) -> String {
        let quote: Unicode.Scalar = text.contains("'") && !text.contains("\"") ? "\"" : "'"
        var quoted = String(quote)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": quoted += "\\\\"
            case quote: quoted += "\\\(quote)"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            default:
                if scalar.properties.generalCategory == .control {
                    let digits = String(scalar.value, radix: 16)
                    quoted += "\\x" + (digits.count < 2 ? "0" : "") + digits
                } else {
                    quoted.unicodeScalars.append(scalar)
                }
            }
        }
        return quoted + String(quote)
    }
}
