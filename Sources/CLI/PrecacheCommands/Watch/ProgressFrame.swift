import PrecacheClient
import PrecacheModel

/// The live picture of a job: three lines, and one of an exchange, of each of its notes, of what it waits for and of a service
/// that doesn't answer.
struct ProgressFrame {
    let job: JobView
    let motion: Motion
    let elapsed: Duration
    /// Why the picture may be old, if it may.
    let trouble: String?

    /// The lines, none wider than `width` columns.
    func lines(width: Int, glyphs: Glyphs, paint: Paint) -> [String] {
        let progress = JobProgress(job: job)
        let head =
            "\(TerminalText.escaped(job.state)) \(Quantity.duration(elapsed))  \(progress.subject)  job \(TerminalText.escaped(job.id))"
        var lines = [
            TerminalText.truncated(head, to: width, mark: glyphs.cut),
            bar(progress, width: width, glyphs: glyphs, paint: paint),
            counts(progress, width: width, glyphs: glyphs, paint: paint),
        ]
        let seeds = progress.seeds.map { ["seeds \($0)"] } ?? []
        let transfer = (progress.transfer + seeds).joined(separator: "  ")
        if !transfer.isEmpty {
            lines.append(TerminalText.truncated(TerminalText.escaped(transfer), to: width, mark: glyphs.cut))
        }
        let waiting = job.waitingFor.map { "Waits for \(JobProgress.waiting(for: $0))." }
        for words in (job.transfer?.notes ?? []) + [waiting, trouble].compactMap({ $0 }) {
            let line = TerminalText.truncated(TerminalText.escaped(words), to: width, mark: glyphs.cut)
            lines.append(paint(line, .yellow))
        }
        return lines
    }

    // The figures come first: the bar gets what they leave, and goes where that is too little.
    private func bar(_ progress: JobProgress, width: Int, glyphs: Glyphs, paint: Paint) -> String {
        var figures = ["\(Int(progress.fraction * 100))%", progress.hosts]
        if let bytes = progress.bytes { figures.append(bytes) }
        if !job.isFinal {
            if let rate = motion.bytesPerSecond, rate > 0 { figures.append(Quantity.rate(rate)) }
            if let left = motion.timeLeft { figures.append("\(Quantity.duration(left)) left") }
        }
        let text = figures.joined(separator: "  ")
        let room = min(40, width - TerminalText.width(text) - 2)
        guard room >= 8 else { return TerminalText.truncated(text, to: width, mark: glyphs.cut) }
        let full = min(room, Int(progress.fraction * Double(room)))
        let done = String(repeating: glyphs.full, count: full)
        return paint(done, .green) + String(repeating: glyphs.empty, count: room - full) + "  " + text
    }

    private func counts(_ progress: JobProgress, width: Int, glyphs: Glyphs, paint: Paint) -> String {
        let plain = progress.counts.map { "\($0.outcome.rawValue) \(Quantity.count($0.count))" }
        let text = plain.joined(separator: "  ")
        guard TerminalText.width(text) <= width else {
            return TerminalText.truncated(text, to: width, mark: glyphs.cut)
        }
        return zip(progress.counts, plain).map { entry, words in
            switch entry.outcome {
            case .cached, .existing, .unsupported: paint(words, .green)
            case .error, .skipped, .cancelled: paint(words, .red)
            case .pending, .running: words
            }
        }.joined(separator: "  ")
    }
}
