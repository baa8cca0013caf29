import PrecacheClient

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
        if let rate = motion.bytesPerSecond, rate > 0, !job.isFinal { parts.append(Quantity.rate(rate)) }
        if let left = motion.timeLeft, !job.isFinal { parts.append("\(Quantity.duration(left)) left") }
        return TerminalText.escaped(
            "\(Quantity.duration(elapsed)) \(job.state): \(parts.joined(separator: ", "))"
        )
    }
}
