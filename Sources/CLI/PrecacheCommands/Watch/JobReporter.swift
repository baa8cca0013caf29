import PrecacheClient
import PrecacheModel

/// Watches a job and writes how it ended.
struct JobReporter {
    let context: CommandContext

    /// Watches to the end.
    ///
    /// - Returns: The status of the job's state; that of the failure where the watch couldn't go on.
    func watch(_ first: Reply<JobView>) async throws -> ExitStatus {
        let job = first.value
        guard !job.isFinal else { return try await finish(first) }
        try context.console.say(["In a browser: \(context.page("jobs", job.id))"])
        let watch = JobWatch(
            client: context.client,
            console: context.console,
            signals: context.signals,
            pace: context.watchPace
        )
        switch try await watch.run(job) {
        case .finished(let reply):
            return try await finish(reply)
        case .stopped(let error):
            try context.console.say(ErrorText.lines(error))
            if ExitStatus(of: error) == .noAnswer {
                try sayHowToGoOn(job.id, "Gave up watching")
            }
            return ExitStatus(of: error)
        case .interrupted:
            try sayHowToGoOn(job.id, "Stopped watching")
            return .interrupted
        }
    }

    private func finish(_ reply: Reply<JobView>) async throws -> ExitStatus {
        try await report(reply)
        return reply.value.jobState.map(ExitStatus.init(of:)) ?? .other
    }

    private func sayHowToGoOn(_ id: String, _ opening: String) throws {
        let id = TerminalText.escaped(id)
        try context.console.say([
            "\(opening); job \(id) goes on.",
            "  watch it:   precache job watch \(id)",
            "  cancel it:  precache job cancel \(id)",
        ])
    }

    private func report(_ reply: Reply<JobView>) async throws {
        let summary = JobSummary(job: reply.value)
        guard !context.format.isDocument else {
            try context.console.say([summary.headline])
            return try context.print(json: reply.body)
        }
        try context.console.print([summary.headline])
        try context.console.say(
            (reply.value.transfer?.notes ?? []).map { TerminalText.escaped("note: \($0)") }
        )
        guard !summary.badOutcomes.isEmpty else { return }
        let samples = try await summary.badResults(by: context.client)
        try context.console.print([""])
        try context.print(JobSummary.table(samples))
        let id = TerminalText.escaped(reply.value.id)
        var hints: [String] = []
        if samples.contains(where: { $0.more > 0 }) {
            hints.append("all of them: precache job results \(id) --bad")
        }
        hints.append("try again what did not end well: precache job retry \(id)")
        try context.console.say(hints)
    }
}

/// Says that a job was accepted: its id alone on standard output, the rest on standard error.
enum JobAcceptance {
    /// Of an order that was answered before.
    static let replayed = "Accepted before, under the same key; no second job is started"

    static func show(_ reply: Reply<JobView>, _ context: CommandContext) throws -> ExitStatus {
        let job = reply.value
        if context.format.isDocument {
            try context.print(json: reply.body)
        } else {
            let id = TerminalText.escaped(job.id)
            try context.console.print([id])
            let opening = reply.isReplay ? replayed : "Accepted"
            var lines = ["\(opening): \(JobProgress(job: job).subject)."]
            if let note = job.note, !note.isEmpty { lines.append("  " + TerminalText.escaped(note)) }
            lines += [
                "  watch it:     precache job watch \(id)", "  in a browser: \(context.page("jobs", job.id))",
            ]
            try context.console.say(lines)
        }
        return .succeeded
    }
}

/// What remains to be said of a job that has ended.
struct JobSummary {
    /// The most rows of the table of a job that doesn't know its reasons; the rest is a command away.
    static let mostRows = 100
    /// So many results of one reason are shown, all of them; of more a few examples and the count.
    static let mostOfReason = 10
    static let examples = 3

    /// Results that did not end well, and how many more there are like them.
    struct Sample {
        var rows: [ResultView]
        var reason: String?
        var more = 0
    }

    let job: JobView

    /// One line: `Job … partial: 2,390 of 2,400 results good (cached 2,300), error 7, skipped 3.`.
    var headline: String {
        let progress = JobProgress(job: job)
        let good = progress.counts.filter { $0.outcome.isGood }
        let rest = progress.counts.filter { !$0.outcome.isGood }
        let words = { (entries: [(outcome: Outcome, count: Int)]) in
            entries.map { "\($0.outcome.rawValue) \(Quantity.count($0.count))" }.joined(separator: ", ")
        }
        let sum = good.reduce(0) { $0 + $1.count }
        var text = "Job \(job.id) \(job.state): "
        if job.resultCount == 0 {
            text += "nothing to do"
        } else {
            text += "\(Quantity.count(sum)) of \(Quantity.count(job.resultCount, "result")) good"
            if !good.isEmpty { text += " (\(words(good)))" }
            if !rest.isEmpty { text += ", \(words(rest))" }
            if !progress.reasonText.isEmpty { text += " (\(progress.reasonText))" }
        }
        if let bytes = job.bytes, bytes.done > 0 { text += ", \(Quantity.bytes(bytes.done)) on the hosts" }
        if let inVain = job.bytes?.inVain, inVain > 0 {
            text += ", \(Quantity.bytes(inVain)) fetched in vain"
        }
        for part in progress.transfer { text += ", \(part)" }
        if let elapsed = job.elapsed { text += ", in \(Quantity.duration(elapsed))" }
        if let note = job.note, !note.isEmpty { text += " (\(note))" }
        return TerminalText.escaped(text + ".")
    }

    /// The outcomes that aren't good and occur, with how often.
    var badOutcomes: [(outcome: Outcome, count: Int)] {
        [Outcome.error, .skipped, .cancelled].map { ($0, job.count($0)) }.filter { $0.count > 0 }
    }

    /// What did not end well, by reason, the most frequent first: all of it, or examples where there is much.
    func badResults(by client: ServiceClient) async throws(ClientError) -> [Sample] {
        let reasons = job.sortedReasons
        guard !reasons.isEmpty else { return [try await badResults(by: client, reason: nil, of: nil)] }
        var samples: [Sample] = []
        for (reason, count) in reasons {
            samples.append(try await badResults(by: client, reason: reason, of: count))
        }
        return samples
    }

    private func badResults(
        by client: ServiceClient,
        reason: String?,
        of count: Int?
    ) async throws(ClientError) -> Sample {
        let count = count ?? badOutcomes.reduce(0) { $0 + $1.count }
        let most = reason == nil ? Self.mostRows : count <= Self.mostOfReason ? count : Self.examples
        var rows: [ResultView] = []
        for (outcome, _) in badOutcomes where rows.count < most {
            let reply = try await client.results(
                of: job.id,
                outcome: outcome.rawValue,
                reason: reason,
                limit: most - rows.count
            )
            rows += reply.value.items
        }
        return Sample(rows: rows, reason: reason, more: max(0, count - rows.count))
    }

    /// The table of what did not end well.
    static func table(_ samples: [Sample]) -> TextTable {
        var table = TextTable([
            .text("HOST"), .text("IMAGE"), .text("OUTCOME"), .text("REASON"), .prose("DETAIL"),
        ])
        for sample in samples {
            for row in sample.rows {
                table.add([row.host, row.imageID, row.outcome, row.reason, row.detail])
            }
            if sample.more > 0 {
                table.add(["and \(Quantity.count(sample.more)) more", nil, nil, sample.reason, nil])
            }
        }
        return table
    }
}
