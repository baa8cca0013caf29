internal import Glibc
package import Logging
internal import Synchronization

/// Where log lines go: whole lines to one descriptor, one `write(2)` each, on a thread of its own.
///
/// Where the journal reads them, each begins with its priority; the journal takes that away again.
///
/// A program calls ``bootstrap(format:level:)`` once its settings are read; until then swift-log's own default speaks.
package final class LogOutput: Sendable {
    private struct State {
        var format: LogFormat
        var level: Logger.Level
    }

    private static let current = Mutex<LogOutput?>(nil)

    private let state: Mutex<State>
    private let writer: LogWriter

    /// Makes an output that writes to a descriptor, which stays the caller's.
    package convenience init(format: LogFormat, level: Logger.Level, descriptor: Int32 = 2) {
        self.init(format: format, level: level, descriptor: descriptor, isJournal: Journal.reads(descriptor))
    }

    init(format: LogFormat, level: Logger.Level, descriptor: Int32, isJournal: Bool) {
        self.state = Mutex(State(format: format, level: level))
        self.writer = LogWriter(descriptor: descriptor, isJournal: isJournal)
    }

    /// Sends every `Logger` of this process to standard error.
    ///
    /// swift-log takes one output a process; a second call changes format and level of the one that is there, so a
    /// reload of the settings, or a test that starts a whole program twice, may call it again.
    package static func bootstrap(format: LogFormat, level: Logger.Level) {
        let fresh: LogOutput? = current.withLock { current in
            if let current {
                current.set(format: format, level: level)
                return nil
            }
            let output = LogOutput(format: format, level: level)
            current = output
            return output
        }
        guard let fresh else { return }
        // What was logged last is why a program ends.
        atexit { LogOutput.current.withLock { $0 }?.flush(milliseconds: 1_000) }
        LoggingSystem.bootstrap({ fresh.handler(label: $0, provider: $1) }, metadataProvider: nil)
    }

    /// Changes format and level for all loggers that have no level of their own.
    package func set(format: LogFormat, level: Logger.Level) {
        state.withLock { $0 = State(format: format, level: level) }
    }

    /// A logger that writes here without ``bootstrap(format:level:)``, for tests and tools.
    package func logger(label: String) -> Logger {
        Logger(label: label) { self.handler(label: $0, provider: nil) }
    }

    /// Returns when what was logged so far is written, or after so many milliseconds: for the end of a program, and tests.
    package func flush(milliseconds: Int) { writer.flush(milliseconds: milliseconds) }

    /// The level of loggers without one of their own.
    var level: Logger.Level { state.withLock { $0.level } }

    func write(_ line: LogLine) {
        writer.write(line, state.withLock { $0.format })
    }

    private func handler(label: String, provider: Logger.MetadataProvider?) -> LineLogHandler {
        LineLogHandler(label: label, output: self, metadataProvider: provider)
    }
}

/// How a log line is written.
package enum LogFormat: String, Sendable, CaseIterable {
    /// `ts=… level=info logger=… msg="…" key=value`: for people, and for what reads logfmt.
    case logfmt
    /// One JSON object a line: for machines.
    case json
}

/// swift-log's side of ``LogOutput``.
struct LineLogHandler: LogHandler {
    let label: String
    let output: LogOutput
    var metadataProvider: Logger.MetadataProvider?
    var metadata: Logger.Metadata = [:]
    private var ownLevel: Logger.Level?

    init(label: String, output: LogOutput, metadataProvider: Logger.MetadataProvider?) {
        self.label = label
        self.output = output
        self.metadataProvider = metadataProvider
    }

    /// The output's level, which a reload may change, unless this logger was given its own.
    var logLevel: Logger.Level {
        get { ownLevel ?? output.level }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var merged = metadata
        if let provided = metadataProvider?.get() { merged.merge(provided) { $1 } }
        if let own = event.metadata { merged.merge(own) { $1 } }
        output.write(
            LogLine(
                milliseconds: LogLine.now(),
                level: event.level,
                label: label,
                message: event.message.description,
                error: event.error.map { String(describing: $0) },
                metadata: merged
            )
        )
    }
}
