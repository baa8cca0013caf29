/// How a log line is written.
package enum LogFormat: String, Sendable, CaseIterable {
    /// `ts=… level=info logger=… msg="…" key=value`: for people, and for what reads logfmt.
    case logfmt
    /// One JSON object a line: for machines.
    case json
}
