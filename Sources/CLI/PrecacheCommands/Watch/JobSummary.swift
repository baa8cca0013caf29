import PrecacheClient
import PrecacheModel

/// What remains to be said of a job that has ended.
struct JobSummary {
    /// The most rows of the table; the rest is a command away.
    static let mostRows = 100

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
        }
        if let bytes = job.bytes, bytes.done > 0 { text += ", \(Quantity.bytes(bytes.done)) on the hosts" }
        if let note = job.note, !note.isEmpty { text += " (\(note))" }
        return TerminalText.escaped(text + ".")
    }

    /// The outcomes that aren't good and occur, with how often.
    var badOutcomes: [(outcome: Outcome, count: Int)] {
        [Outcome.error, .skipped, .cancelled].map { ($0, job.count($0)) }.filter { $0.count > 0 }
    }

    /// The first rows of what did not end well, and how many more there are.
    func badResults(by client: ServiceClient) async throws(ClientError) -> (rows: [ResultView], more: Int) {
        var rows: [ResultView] = []
        for (outcome, _) in badOutcomes where rows.count < Self.mostRows {
            let reply = try await client.results(
                of: job.id,
                outcome: outcome.rawValue,
                limit: Self.mostRows - rows.count
            )
            rows += reply.value.items
        }
        return (rows, max(0, badOutcomes.reduce(0) { $0 + $1.count } - rows.count))
    }

    /// The table of what did not end well.
    static func table(_ rows: [ResultView]) -> TextTable {
        var table = TextTable([
            .text("HOST"), .text("IMAGE"), .text("OUTCOME"), .text("REASON"), .text("DETAIL"),
        ])
        for row in rows { table.add([row.host, row.imageID, row.outcome, row.reason, row.detail]) }
        return table
    }
}
