internal import Logging

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
                milliseconds: RFC3339.now(),
                level: event.level,
                label: label,
                message: event.message.description,
                error: event.error.map { String(describing: $0) },
                metadata: merged
            )
        )
    }
}
