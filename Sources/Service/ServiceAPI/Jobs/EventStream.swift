import HTTPServing
import PrecacheAPI
import PrecacheModel

/// Writes a job's events as server-sent events (WHATWG HTML, section 9.2), from after a given one until the job's end.
struct EventStream: Sendable {
    /// A comment is sent after so much silence, so that a dead connection is noticed and a live one is kept.
    static let silence = Duration.seconds(15)
    /// Changes closer together than this are told together; all watchers look at the same moments.
    static let beat = Duration.milliseconds(100)

    let job: JobID
    let after: Int64
    let watch: JobWatch
    let pages: EventPages

    func write(to writer: any ResponseWriter) async throws {
        let (rings, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let changes = watch.jobs.changes(of: job)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await _ in changes { bell.yield() }
                bell.yield()
                return false
            }
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: Self.silence)
                    bell.yield()
                }
                return false
            }
            group.addTask { [self] in
                try await events(to: writer, rings: rings)
                return true
            }
            // The listener ends early when the job is pruned; the writer then finds that it is gone.
            while try await group.next() == false {}
            group.cancelAll()
        }
    }

    private func events(to writer: any ResponseWriter, rings: AsyncStream<Void>) async throws {
        var last = after
        var ring = rings.makeAsyncIterator()
        try await writer.write(Array("retry: 2000\n\n".utf8))
        var written = ContinuousClock.now
        while !Task.isCancelled {
            // The state is read before the events: an end seen here has its last event in what is read next.
            let isFinal = try await watch.job(job).state.isFinal
            var batch = try await pages.batch(of: job, after: last)
            while !batch.bytes.isEmpty {
                try await writer.write(batch.bytes)
                written = .now
                last = batch.last
                guard batch.isFull else { break }
                batch = try await pages.batch(of: job, after: last)
            }
            if isFinal { return }
            if written.duration(to: .now) >= Self.silence {
                try await writer.write(Array(": \n\n".utf8))
                written = .now
            }
            guard await ring.next() != nil else { return }
            try await Task.sleep(until: Self.nextBeat(), clock: .continuous)
        }
    }

    /// The next moment of a grid that all watchers share.
    private static func nextBeat() -> ContinuousClock.Instant {
        let sinceStart = gridStart.duration(to: .now)
        let beats = Int64(sinceStart / beat) + 1
        return gridStart.advanced(by: beat * Int(beats))
    }

    private static let gridStart = ContinuousClock.now
}
