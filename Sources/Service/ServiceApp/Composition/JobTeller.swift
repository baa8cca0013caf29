import FanOut
import Logging
import PrecacheModel
import Store
import Telemetry

/// Leaves a line for each job that has ended, and counts results that ended without the dispatcher and what hosts exchange.
struct JobTeller: Sendable {
    /// Examples that the line of a job has.
    static let examples = 3

    private let results: @Sendable (JobID, ResultFilter, PageRequest) async throws -> [ResultRecord]
    private let outcomes: Counter
    private let fromSource: CounterCell
    private let fromPeers: CounterCell
    private let faults: CounterCell
    private let copies: HistogramCell
    private let predictions: HistogramCell
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
        let relayed = metrics.counter(
            "precached_relay_bytes_total",
            help: "Bytes of images that hosts exchanged, by where they came from, of results.",
            labels: ["from"]
        )
        (fromSource, fromPeers) = (relayed.cell("source"), relayed.cell("peers"))
        faults = metrics.counter(
            "precached_peer_faults_total",
            help: "Times that a host said that another one gave it something wrong; events and log name it."
        ).cell()
        copies = metrics.histogram(
            "precached_source_copies",
            help:
                "How many times the images that a job's hosts exchanged were read at their sources, of jobs that ended.",
            buckets: [1, 1.5, 2, 2.5, 3, 4, 6, 10, 30, 100, 1000]
        ).cell()
        predictions = metrics.histogram(
            "precached_prediction_error_ratio",
            help:
                "By how much jobs took longer or shorter than predicted at their acceptance, as a share of that time, of jobs "
                + "that brought something.",
            buckets: [0.05, 0.1, 0.25, 0.5, 1, 2, 4, 10]
        ).cell()
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
        case .exchanged(let source, let peers):
            fromSource.increment(by: Int(source))
            fromPeers.increment(by: Int(peers))
        case .peerFaults(let count): faults.increment(by: count)
        case .ended(let job):
            if let copies = job.copies { self.copies.observe(copies) }
            if let error = Self.predictionError(of: job) { predictions.observe(error) }
            await tell(job)
        }
    }

    /// Nil for a job that says nothing of predictions: it has none, nothing was to be fetched, or it was stopped.
    private static func predictionError(of job: JobRecord) -> Double? {
        guard let predicted = job.predictedFinishAt, let end = job.finishedAt, predicted > job.createdAt,
            !job.isCancelRequested, job.results[.cached] > 0
        else { return nil }
        return abs((end - predicted) / (predicted - job.createdAt))
    }

    private func tell(_ job: JobRecord) async {
        var facts: Logger.Metadata = [
            "job": "\(job.id)", "trace": "\(job.trace.traceID)", "aggregate": "\(job.aggregate)",
            "state": "\(job.state.rawValue)",
            "hosts": "\(job.hostsTotal)", "seconds": "\(job.elapsed(at: job.createdAt).components.seconds)",
        ]
        if let predicted = job.predictedFinishAt {
            facts["predicted_seconds"] = "\(max(.zero, predicted - job.createdAt).components.seconds)"
        }
        var results: Logger.Metadata = [:]
        for outcome in Outcome.allCases where job.results[outcome] > 0 {
            results[outcome.rawValue] = "\(job.results[outcome])"
        }
        if !results.isEmpty { facts["results"] = .dictionary(results) }
        let reasons = job.reasons.map { ($0.key.rawValue, Logger.MetadataValue.stringConvertible($0.value)) }
        if !reasons.isEmpty { facts["reasons"] = .dictionary(Logger.Metadata(uniqueKeysWithValues: reasons)) }
        if let who = job.requestedBy { facts["caller"] = "\(who)" }
        if let note = job.note { facts["note"] = "\(note)" }
        if let copies = job.copies {
            facts["copies"] = "\((copies * 100).rounded() / 100)"
            facts["from_peers_bytes"] = "\(job.fromPeersBytes)"
        }
        let notes = job.mesh.notes
        if !notes.isEmpty { facts["exchange"] = "\(notes.joined(separator: "; "))" }
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
