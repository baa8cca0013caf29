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

    /// Likewise for results.
    package var outputHasColor: Bool {
        outputWidth() != nil && environment["TERM"] != "dumb" && (environment["NO_COLOR"] ?? "").isEmpty
    }

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

    /// The same without messages.
    var silent: Console {
        var silent = self
        silent.errors = NoSink()
        return silent
    }

    /// Writes lines of messages.
    package func say(_ lines: [String]) throws(OutputClosed) {
        guard !lines.isEmpty else { return }
        try errors.write(lines.joined(separator: "\n") + "\n")
    }
}

/// The characters that pictures are made of.
package struct Glyphs: Sendable, Hashable {
    /// The done part of a bar.
    package let full: String
    /// The part of a bar to come.
    package let empty: String
    /// What shows that a text was cut.
    package let cut: String
    /// What begins the line of a failure.
    package let failure: String

    /// For terminals that show more than ASCII.
    package static let unicode = Glyphs(full: "█", empty: "░", cut: "…", failure: "✗")
    /// For all others.
    package static let ascii = Glyphs(full: "#", empty: ".", cut: "...", failure: "x")
}

/// Where text goes: standard output, standard error, or a test's memory.
package protocol TextSink: Sendable {
    /// Writes the whole text.
    ///
    /// Throws ``OutputClosed`` once nobody reads any more.
    func write(_ text: String) throws(OutputClosed)
}

/// Keeps nothing.
private struct NoSink: TextSink {
    func write(_ text: String) {}
}

/// What is written arrives nowhere any more.
package struct OutputClosed: Error, Sendable, Hashable {
    /// Why, in the system's words; nil where the reader has gone, as in `precache job results ID | head`.
    package let reason: String?

    package init(reason: String? = nil) { self.reason = reason }
}

/// Writes to a file descriptor that someone else owns.
package struct DescriptorSink: TextSink {
    private let descriptor: Int32

    /// A sink for a descriptor; it isn't closed.
    package init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// Writes the whole text, in as many pieces as the descriptor takes.
    package func write(_ text: String) throws(OutputClosed) {
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
            }
            let failure = errno
            if count >= 0 {
                offset += count
            } else if failure == EAGAIN {
                awaitRoom()
            } else if failure != EINTR {
                throw OutputClosed(
                    reason: failure == EPIPE ? nil : String(cString: strerror(failure)).lowercased()
                )
            }
        }
    }

    // A terminal that another program has made non-blocking.
    private func awaitRoom() {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&entry, 1, -1)
    }
}

/// The size of the terminal behind a descriptor.
enum TerminalSize {
    /// Its columns now, or nil if it isn't a terminal or doesn't say.
    static func columns(of descriptor: Int32) -> Int? {
        guard isatty(descriptor) == 1 else { return nil }
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }
}
