import FanOut
import Logging
import PrecacheModel
import Store
import Telemetry

/// Leaves a line for each job that has ended, and counts results that ended without the dispatcher.
struct JobTeller: Sendable {
    /// Examples that the line of a job has.
    static let examples = 3

    private let results: @Sendable (JobID, ResultFilter, PageRequest) async throws -> [ResultRecord]
    private let outcomes: Counter
    private let logger: Logger

    /// - Parameters:
    ///   - metrics: Where outcomes are counted, with the dispatcher's own.
    ///   - logger: Takes the lines.
    ///   - results: A page of a job's results.
    init(
        _ metrics: MetricsRegistry,
        _ logger: Logger,
        results: @escaping @Sendable (JobID, ResultFilter, PageRequest) async throws -> [ResultRecord]
    ) {
        outcomes = FanOutMetrics.outcomes(in: metrics)
        self.logger = logger
        self.results = results
    }

    /// Listens until the task is cancelled.
    func run(_ news: AsyncStream<JobNews>) async {
        for await one in news { await take(one) }
    }

    func take(_ news: JobNews) async {
        switch news {
        case .endedAside(let outcome, let reasons):
            for (reason, count) in reasons {
                outcomes.increment(by: count, outcome.rawValue, reason.rawValue)
            }
        case .ended(let job): await tell(job)
        }
    }

    private func tell(_ job: JobRecord) async {
        var facts: Logger.Metadata = [
            "job": "\(job.id)", "aggregate": "\(job.aggregate)", "state": "\(job.state.rawValue)",
            "hosts": "\(job.hostsTotal)", "seconds": "\(job.elapsed(at: job.createdAt).components.seconds)",
        ]
        var results: Logger.Metadata = [:]
        for outcome in Outcome.allCases where job.results[outcome] > 0 {
            results[outcome.rawValue] = "\(job.results[outcome])"
        }
        if !results.isEmpty { facts["results"] = .dictionary(results) }
        let reasons = job.reasons.map { ($0.key.rawValue, Logger.MetadataValue.stringConvertible($0.value)) }
        if !reasons.isEmpty { facts["reasons"] = .dictionary(Logger.Metadata(uniqueKeysWithValues: reasons)) }
        if let who = job.requestedBy { facts["caller"] = "\(who)" }
        if let note = job.note { facts["note"] = "\(note)" }
        let examples = await examples(of: job)
        if !examples.isEmpty { facts["first"] = "\(examples)" }
        logger.log(level: job.state == .succeeded ? .info : .warning, "job ended", metadata: facts)
    }

    /// The first of what did not end well: `compute-1 web: no_space (the disk …); …`.
    private func examples(of job: JobRecord) async -> String {
        guard job.results[.error] + job.results[.skipped] > 0 else { return "" }
        let filter = ResultFilter(outcomes: [.error, .skipped])
        // What the line lacks when they can't be read, the results still have.
        let found = (try? await results(job.id, filter, PageRequest(limit: Self.examples))) ?? []
        return found.map { result in
            var text =
                "\(result.host) \(result.imageID): \(result.reason?.rawValue ?? result.outcome.rawValue)"
            if let detail = result.detail { text += " (\(detail.prefix(200)))" }
            return text
        }.joined(separator: "; ")
    }
}
