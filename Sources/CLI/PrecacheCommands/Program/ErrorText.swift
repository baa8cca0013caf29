import PrecacheClient

/// Words for failures, line by line.
enum ErrorText {
    /// A failed call: what happened, each refused field, the request id, and what to do next.
    static func lines(_ error: ClientError, field: (ClientError.Field) -> String = line(of:)) -> [String] {
        var first = "precache: " + TerminalText.escaped(error.message)
        let marks = [error.code, error.status.map { "\($0)" }].compactMap { $0 }
        if !marks.isEmpty { first += " (" + TerminalText.escaped(marks.joined(separator: ", ")) + ")" }
        var lines = [first]
        lines += error.fields.map { "  " + field($0) }
        if let id = error.requestID { lines.append("  request id: " + TerminalText.escaped(id)) }
        if let hint = error.hint { lines.append("  " + hint) }
        return lines
    }

    private static func line(of field: ClientError.Field) -> String {
        TerminalText.escaped(field.field.isEmpty ? field.message : "\(field.field): \(field.message)")
    }
}
