import PrecacheClient

/// A result that isn't good, on one line.
enum FailureText {
    /// `node-7  debian-12  error  checksum_mismatch: got 12ab…`.
    static func line(_ result: ResultView) -> String {
        var line = "\(result.host)  \(result.imageID)  \(result.outcome)"
        if let reason = result.reason, reason != result.outcome { line += "  \(reason)" }
        if let detail = result.detail, !detail.isEmpty { line += ": \(detail)" }
        return TerminalText.escaped(line)
    }
}
