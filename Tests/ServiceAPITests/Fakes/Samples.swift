import PrecacheModel

/// Records as tests need them.
enum Samples {
    static let limits = JobLimits(
        parallelism: .hosts(32),
        hostTimeout: .seconds(1800),
        maxAttempts: 3,
        deadline: .seconds(21_600)
    )

    static func job(
        id: JobID = .make(),
        images: [String] = ["one"],
        state: JobState = .queued,
        limits: JobLimits = limits,
        results: [Outcome: Int] = [.pending: 2]
    ) -> JobRecord {
        var counts = OutcomeCounts()
        for (outcome, count) in results { counts[outcome] = count }
        return JobRecord(
            id: id,
            aggregate: aggregateName("web"),
            aggregateID: 1,
            images: images.compactMap { text in
                (try? ImageID(text)).map { JobImage(id: $0, name: nil, sizeBytes: 10) }
            },
            limits: limits,
            state: state,
            hostsTotal: 2,
            hostsDone: 0,
            results: counts,
            bytesDone: 5,
            bytesTotal: 20,
            createdAt: Timestamp(microseconds: 0),
            finishedAt: state.isFinal ? Timestamp(microseconds: 9) : nil
        )
    }

    static func aggregateName(_ text: String) -> AggregateName {
        guard let name = try? AggregateName(text) else { preconditionFailure("no aggregate's name: \(text)") }
        return name
    }
}
