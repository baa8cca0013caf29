package import Logging
import Synchronization

/// What a logger was told.
package final class LogLines: Sendable {
    /// One call: its level, its message and its metadata as text.
    package struct Line: Sendable {
        package let level: Logger.Level
        package let message: String
        package let facts: [String: String]

        /// All of it: `warning a message key=value other=value`.
        package var text: String {
            let fields = facts.map { "\($0.key)=\($0.value)" }.sorted()
            return "\(level) \(message) \(fields.joined(separator: " "))"
        }
    }

    private let lines = Mutex<[Line]>([])

    package init() {}

    /// The lines so far, oldest first.
    package var all: [Line] { lines.withLock { $0 } }

    /// A logger of `info` and above that writes here.
    package var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let facts = (event.metadata ?? [:]).mapValues { "\($0)" }
            lines.lines.withLock {
                $0.append(Line(level: event.level, message: "\(event.message)", facts: facts))
            }
        }
    }
}
