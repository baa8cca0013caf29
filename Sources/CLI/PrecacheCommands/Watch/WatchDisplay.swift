import PrecacheClient

/// Shows a watch on standard error: a live picture on a terminal, lines anywhere else.
struct WatchDisplay {
    // Failures must not drown the picture: of each reason the first few are examples, and the counts tell of the rest.
    private static let examples = 3

    private let console: Console
    private let isLive: Bool
    private let paint: Paint
    private var screen = LiveScreen()
    private var plain = PlainProgress()
    private var motion = Motion()
    private var job: JobView
    private var failures: [ResultView] = []
    private var seen: [String: Int] = [:]
    private var trouble: (error: ClientError, since: Duration)?
    private var isTroubleTold = false
    private var isBack = false

    init(job: JobView, console: Console) {
        self.job = job
        self.console = console
        isLive = console.isLive
        paint = Paint(isOn: console.hasColor)
    }

    mutating func note(job: JobView, elapsed: Duration) {
        self.job = job
        let progress = JobProgress(job: job)
        motion.note(at: elapsed, bytes: job.bytes?.fetched ?? 0, fraction: progress.fraction)
        isBack = isBack || isTroubleTold
        isTroubleTold = false
        trouble = nil
    }

    mutating func note(failure: ResultView) {
        let count = seen[failure.reason ?? failure.outcome, default: 0] + 1
        seen[failure.reason ?? failure.outcome] = count
        if count <= Self.examples { failures.append(failure) }
    }

    mutating func note(trouble error: ClientError, elapsed: Duration) {
        trouble = (error, trouble?.since ?? elapsed)
    }

    /// Draws what has changed.
    mutating func draw(elapsed: Duration) throws(OutputClosed) {
        let above = takeFailures()
        if isLive, let width = console.errorWidth() {
            let frame = ProgressFrame(
                job: job,
                motion: motion,
                elapsed: elapsed,
                trouble: trouble.map { Self.words($0.error, for: elapsed - $0.since) }
            )
            // One column less than there is: some terminals wrap a line that fills them.
            let picture = frame.lines(width: max(1, width - 1), glyphs: console.glyphs, paint: paint)
            try console.errors.write(screen.draw(above: above, picture: picture, width: width))
        } else {
            var lines = above
            if isBack { lines.append("The service answers again.") }
            isBack = false
            if let trouble, !isTroubleTold {
                lines.append(Self.words(trouble.error, for: elapsed - trouble.since))
                isTroubleTold = true
            }
            if trouble == nil, let line = plain.line(job, motion: motion, elapsed: elapsed) {
                lines.append(line)
            }
            try console.say(lines)
        }
    }

    /// Takes the picture away; what stands above it stays.
    mutating func clear() throws(OutputClosed) {
        let above = takeFailures()
        if isLive, let width = console.errorWidth() {
            try console.errors.write(screen.draw(above: above, picture: [], width: width))
        } else {
            try console.say(above)
        }
    }

    private mutating func takeFailures() -> [String] {
        defer { failures.removeAll() }
        return failures.map { paint("\(console.glyphs.failure) \(FailureText.line($0))", .red) }
    }

    private static func words(_ error: ClientError, for time: Duration) -> String {
        let since = time >= .seconds(1) ? " for \(Quantity.duration(time))" : ""
        return TerminalText.escaped("No answer\(since), still trying; the job goes on. (\(error.message))")
    }
}

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

/// Progress as lines, for logs: when counts change, but not too often.
struct PlainProgress {
    /// The least time between two lines.
    static let pause = Duration.seconds(5)

    private var last: (at: Duration, hosts: Int, finished: Int, state: String)?

    /// The line that is due, if one is.
    mutating func line(_ job: JobView, motion: Motion, elapsed: Duration) -> String? {
        if let last {
            let isChanged =
                last.hosts != job.hosts.done || last.finished != job.finishedCount || last.state != job.state
            guard isChanged, job.isFinal || elapsed - last.at >= Self.pause else { return nil }
        }
        last = (elapsed, job.hosts.done, job.finishedCount, job.state)
        let progress = JobProgress(job: job)
        var parts = [progress.hosts, progress.countText].filter { !$0.isEmpty }
        if let bytes = progress.bytes { parts.append(bytes) }
        parts += progress.transfer
        if let rate = motion.bytesPerSecond, rate > 0, !job.isFinal { parts.append(Quantity.rate(rate)) }
        if let left = motion.timeLeft, !job.isFinal { parts.append("\(Quantity.duration(left)) left") }
        return TerminalText.escaped(
            "\(Quantity.duration(elapsed)) \(job.state): \(parts.joined(separator: ", "))"
        )
    }
}
