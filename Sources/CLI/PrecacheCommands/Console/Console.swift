import FoundationEssentials
import Glibc

/// What the program sees of the shell that started it, so that a test can stand in for one.
package struct Console: Sendable {
    /// For results.
    package var output: any TextSink
    /// For messages and progress.
    package var errors: any TextSink
    /// The columns of the terminal that `output` is, asked anew each time; nil where it is none.
    package var outputWidth: @Sendable () -> Int?
    /// Likewise for `errors`.
    package var errorWidth: @Sendable () -> Int?
    /// The environment's variables.
    package var environment: [String: String]

    package init(
        output: any TextSink,
        errors: any TextSink,
        outputWidth: @escaping @Sendable () -> Int? = { nil },
        errorWidth: @escaping @Sendable () -> Int? = { nil },
        environment: [String: String] = [:]
    ) {
        self.output = output
        self.errors = errors
        self.outputWidth = outputWidth
        self.errorWidth = errorWidth
        self.environment = environment
    }

    /// The process's own standard output, standard error and environment.
    package static func process() -> Console {
        Console(
            output: DescriptorSink(STDOUT_FILENO),
            errors: DescriptorSink(STDERR_FILENO),
            outputWidth: { TerminalSize.columns(of: STDOUT_FILENO) },
            errorWidth: { TerminalSize.columns(of: STDERR_FILENO) },
            environment: ProcessInfo.processInfo.environment
        )
    }

    /// Whether a live picture can be drawn on `errors`: a terminal that can move its cursor.
    package var isLive: Bool { errorWidth() != nil && environment["TERM"] != "dumb" }

    /// Whether messages may have colours: on a terminal, unless `NO_COLOR` says otherwise (no-color.org).
    package var hasColor: Bool { isLive && (environment["NO_COLOR"] ?? "").isEmpty }

    /// Whether the terminal shows more than ASCII, by the locale's variables (POSIX, in their order).
    package var hasUnicode: Bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
        let name = (locale ?? "").lowercased()
        return name.contains("utf-8") || name.contains("utf8")
    }

    /// The characters that pictures are made of.
    package var glyphs: Glyphs { hasUnicode ? .unicode : .ascii }

    /// Writes lines of results.
    package func print(_ lines: [String]) throws(OutputClosed) {
        guard !lines.isEmpty else { return }
        try output.write(lines.joined(separator: "\n") + "\n")
    }

    /// Writes lines of messages.
    package func say(_ lines: [String]) throws(OutputClosed) {
        guard !lines.isEmpty else { return }
        try errors.write(lines.joined(separator: "\n") + "\n")
    }
}
