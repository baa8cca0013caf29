import PrecacheModel
import Store
import Testing

/// Counters, kept in the transactions that change the rows, come to what the rows say, whatever happens in what order.
@Suite(.timeLimit(.minutes(10)))
struct CounterTests {
    @Test(arguments: 1...6)
    func countersAreWhatTheRowsSay(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let fixture = try await StoreFixture(hosts: 12)
        let job = try await fixture.accept(images: 3, sizeBytes: seed % 2 == 0 ? nil : 1_000)
        var claimed: [ClaimedHost] = []
        for _ in 0..<60 {
            fixture.clock.advance(by: .seconds(1))
            switch Int.random(in: 0..<10, using: &random) {
            case 0...3:
                claimed += try await fixture.claim(job, limit: Int.random(in: 1...4, using: &random))
            case 4...8:
                guard let index = claimed.indices.randomElement(using: &random) else { continue }
                let report = report(job, claimed[index], at: fixture.clock.now, using: &random)
                _ = try await fixture.jobs.record([report], at: fixture.time)
            default:
                if Bool.random(using: &random) {
                    _ = try await fixture.restart(latestDue: fixture.clock.now)
                }
            }
            try await CounterCheck.holds(fixture, job)
        }
        _ = try await fixture.restart(latestDue: fixture.clock.now)
        _ = try await fixture.jobs.finish(job.id, .deadlineExceeded, at: fixture.time)
        try await CounterCheck.holds(fixture, job)
        let final = try #require(try await fixture.jobs.job(job.id))
        #expect(final.state.isFinal)
        #expect(final.results.finished == 36)
        // Memory and disk agree.
        let copy = try await fixture.database.crashed().store()
        #expect(try await copy.jobs.job(job.id) == final)
        await copy.close()
    }

    private func report(
        _ job: JobRecord,
        _ host: ClaimedHost,
        at now: Timestamp,
        using random: inout SeededGenerator
    ) -> HostReport {
        let outcomes: [Outcome] = [.cached, .existing, .error, .unsupported, .pending, .cancelled]
        var images: [ImageReport] = []
        for image in 0..<3 where Bool.random(using: &random) {
            let outcome = outcomes.randomElement(using: &random) ?? .cached
            let bytes = Int64.random(in: 0...500, using: &random)
            var result = ImageOutcome(
                outcome,
                reason: outcome == .error ? .ioError : nil,
                bytesDone: bytes,
                bytesTotal: Bool.random(using: &random) ? 500 : nil
            )
            if outcome != .existing, Bool.random(using: &random) {
                result.fromPeersBytes = Int64.random(in: 0...500, using: &random)
                result.fromSourceBytes = Bool.random(using: &random) ? bytes : nil
            }
            images.append(ImageReport(image: image, result))
        }
        let nexts: [HostReport.Next] = [.goesOn, .goesOn, .done, .retry(at: now + .seconds(2)), .released]
        return HostReport(
            job: job.id,
            host: host.ordinal,
            attempt: host.attempt,
            images: images,
            next: nexts.randomElement(using: &random) ?? .goesOn
        )
    }
}

/// The same numbers for the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
