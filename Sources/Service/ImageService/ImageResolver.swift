package import PrecacheModel

/// Looks up the images of jobs that were accepted without, each once for its job, and tries again within the job's time
/// while Glance is away.
///
/// All its memory is in the ledger: killed at any moment, the next start goes on.
package struct ImageResolver: Sendable {
    /// Jobs that are seen to at once, and images of each that are looked up at once.
    private static let width = 8

    private let ledger: any ResolutionLedger
    private let lookup: any ImageLookup
    private let retry: RetryPolicy
    private let clock: @Sendable () -> Timestamp
    private let onTrouble: @Sendable (String) -> Void

    /// A resolver.
    ///
    /// - Parameters:
    ///   - ledger: The jobs.
    ///   - lookup: Knows images.
    ///   - retry: When to try again after all of a round's requests failed.
    ///   - clock: The wall clock, for jobs' deadlines.
    ///   - onTrouble: Told why a round came to nothing; once for a trouble that stays the same.
    package init(
        ledger: any ResolutionLedger,
        lookup: any ImageLookup,
        retry: RetryPolicy = RetryPolicy(base: .seconds(1), ceiling: .seconds(15)),
        clock: @escaping @Sendable () -> Timestamp,
        onTrouble: @escaping @Sendable (String) -> Void
    ) {
        self.ledger = ledger
        self.lookup = lookup
        self.retry = retry
        self.clock = clock
        self.onTrouble = onTrouble
    }

    /// Works until the task is cancelled.
    ///
    /// - Parameter work: Rings when there may be something to look up; subscribed to before this is called.
    package func run(_ work: AsyncStream<Void>) async {
        let (rounds, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        bell.yield()
        await withDiscardingTaskGroup { group in
            group.addTask { for await _ in work { bell.yield() } }
            var (failures, lastTrouble) = (0, String?.none)
            var again: Task<Void, Never>?
            for await _ in rounds {
                // One way to the next round is enough, however many jobs ring meanwhile.
                again?.cancel()
                let trouble = await round()
                if let trouble, trouble != lastTrouble { onTrouble(trouble) }
                lastTrouble = trouble
                failures = trouble == nil ? 0 : failures + 1
                guard trouble != nil else { continue }
                let pause = retry.delay(after: failures, jitter: Double.random(in: 0.5...1))
                again = Task {
                    if (try? await Task.sleep(for: pause)) != nil { bell.yield() }
                }
            }
            again?.cancel()
            group.cancelAll()
        }
    }

    /// One look at all jobs; returns why some of them have to wait, if any.
    func round() async -> String? {
        do {
            let jobs = try await ledger.jobsToResolve()
            return try await withThrowingTaskGroup(of: String?.self) { group in
                var (rest, trouble) = (jobs[...], String?.none)
                for job in rest.prefix(Self.width) { group.addTask { try await resolve(job) } }
                rest = rest.dropFirst(Self.width)
                for try await problem in group {
                    trouble = problem ?? trouble
                    if let next = rest.popFirst() { group.addTask { try await resolve(next) } }
                }
                return trouble
            }
        } catch {
            return "\(error)"
        }
    }

    private func resolve(_ job: UnresolvedJob) async throws -> String? {
        let (answers, trouble) = await look(up: job)
        if !answers.isEmpty { try await ledger.resolve(job.id, answers) }
        return trouble
    }

    private func look(up job: UnresolvedJob) async -> (answers: [ImageID: ImageAnswer], trouble: String?) {
        var answers: [ImageID: ImageAnswer] = [:]
        var trouble: String?
        await withTaskGroup(of: (ImageID, Result<ImageAnswer, ImageServiceError>).self) { group in
            var rest = job.images[...]
            for id in rest.prefix(Self.width) {
                group.addTask { (id, await look(up: id, job.unverified.contains(id))) }
            }
            rest = rest.dropFirst(Self.width)
            for await (id, result) in group {
                switch result {
                case .success(let answer): answers[id] = answer
                case .failure(.refused(let detail)):
                    answers[id] = .absent(.sourceUnauthorized, detail: detail)
                case .failure(.unavailable(let detail, _)): trouble = detail
                }
                // While Glance is away the rest would only wait as long, each for itself, and other jobs with them.
                if trouble == nil, let next = rest.popFirst() {
                    group.addTask { (next, await look(up: next, job.unverified.contains(next))) }
                }
            }
        }
        if let trouble, clock() >= job.deadline {
            let late = "the image couldn't be looked up within the job's time: \(trouble)"
            for id in job.images where answers[id] == nil {
                answers[id] = .absent(.deadlineExceeded, detail: late)
            }
        }
        return (answers, trouble)
    }

    private func look(
        up id: ImageID,
        _ allowsUnverified: Bool
    ) async -> Result<ImageAnswer, ImageServiceError> {
        do throws(ImageServiceError) {
            let answer = try await lookup.image(id, allowsUnverified: allowsUnverified)
            if case .found(let reference) = answer, reference.id != id {
                let detail = "an image of this name has the id \(reference.id): say the id"
                return .success(.absent(.imageNotFound, detail: detail))
            }
            return .success(answer)
        } catch {
            return .failure(error)
        }
    }
}

/// Knows images: the catalogue and, behind it, Glance.
package protocol ImageLookup: Sendable {
    /// What an image is, or why it can't be had; with leave to come without a digest, or without that.
    ///
    /// Throws ``ImageServiceError`` if that can't be found out now.
    func image(_ id: ImageID, allowsUnverified: Bool) async throws(ImageServiceError) -> ImageAnswer
}

/// The jobs with images that nobody has looked up, as the resolver needs them.
package protocol ResolutionLedger: Sendable {
    /// The open jobs with images to look up, oldest first.
    func jobsToResolve() async throws -> [UnresolvedJob]

    /// Takes what looking up a job's images came to; images that aren't named go on waiting.
    func resolve(_ id: JobID, _ answers: [ImageID: ImageAnswer]) async throws
}

/// One place of an image's bytes, and what to ask for them with.
package struct ImageLocation: Hashable, Sendable, CustomStringConvertible {
    /// The data's URL.
    package let url: String
    /// The token for `X-Auth-Token`: secret.
    package let token: String

    /// The URL alone.
    package var description: String { url }
}

/// Why the image service couldn't be asked.
package enum ImageServiceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It, or Keystone before it, doesn't answer now: another try may end better.
    case unavailable(String, retryAfter: Duration?)
    /// It doesn't let the service's user do this: someone has to change something.
    case refused(String)

    /// What happened, for people; holds no secret.
    package var description: String {
        switch self {
        case .unavailable(let detail, _), .refused(let detail): detail
        }
    }
}
