import FanOut
import PrecacheModel
import Testing

@Suite struct FakeLedgerTests {
    let time = LedgerTime(wall: Samples.start, steady: Samples.start)

    func claim(_ ledger: FakeLedger, _ id: JobID, _ limit: Int) async throws -> ClaimAnswer {
        try #require(try await ledger.claim([ClaimRequest(job: id, limit: limit)], at: time).first)
    }

    @Test func claimsInOrderAndSaysWhenTheNextIsDue() async throws {
        let ledger = FakeLedger()
        let job = try Samples.job(hosts: 3)
        ledger.add(job)
        let id = job.open.id
        #expect(try await claim(ledger, id, 2).hosts.map(\.ordinal) == [0, 1])
        let due = Samples.start + .seconds(5)
        _ = try await ledger.record(
            [
                HostReport(
                    job: id,
                    host: 0,
                    attempt: 1,
                    images: [ImageReport(image: 0, ImageOutcome(.pending))],
                    next: .retry(at: due)
                )
            ],
            at: time
        )
        let answer = try await claim(ledger, id, 5)
        #expect(answer.hosts.map(\.ordinal) == [2])
        #expect(answer.nextDue == due)
    }

    @Test func recoveryKeepsAttemptNumbersAndBoundsDueTimes() async throws {
        let ledger = FakeLedger()
        let job = try Samples.job(hosts: 1)
        ledger.add(job)
        #expect(try await claim(ledger, job.open.id, 1).hosts.first?.attempt == 1)
        #expect(try await ledger.recover(latestDue: Samples.start) == 1)
        #expect(try await claim(ledger, job.open.id, 1).hosts.first?.attempt == 1)
        _ = try await ledger.record(
            [
                HostReport(
                    job: job.open.id,
                    host: 0,
                    attempt: 1,
                    images: [],
                    next: .retry(at: Samples.start + .seconds(9999))
                )
            ],
            at: time
        )
        #expect(try await ledger.recover(latestDue: Samples.start) == 0)
        #expect(try await claim(ledger, job.open.id, 1).hosts.first?.attempt == 2)
    }

    @Test func ignoresStaleReportsAndNotesDoubleOnes() async throws {
        let ledger = FakeLedger()
        let job = try Samples.job(hosts: 1, images: ["a", "b"])
        ledger.add(job)
        _ = try await claim(ledger, job.open.id, 1)
        let image = [ImageReport(image: 0, ImageOutcome(.cached))]
        let id = job.open.id
        let stale = HostReport(job: id, host: 0, attempt: 2, images: image, next: .done)
        #expect(try await ledger.record([stale], at: time).staleReports == 1)
        let report = HostReport(job: id, host: 0, attempt: 1, images: image, next: .goesOn)
        _ = try await ledger.record([report, report], at: time)
        #expect(ledger.state.value.violations.count == 1)
        #expect(ledger.job(id)?.results.first?.timesFinal == 1)
    }

    @Test func finishesWaitingHostsAndLeavesClaimedOnes() async throws {
        let ledger = FakeLedger()
        let job = try Samples.job(hosts: 3)
        ledger.add(job)
        _ = try await claim(ledger, job.open.id, 1)
        let change = try await ledger.finish(job.open.id, .cancelled, at: time)
        #expect(change.finishedResults == [.cancelled: 2])
        #expect(change.endedJobs.isEmpty)
        #expect(ledger.job(job.open.id)?.count(.cancelled) == 2)
    }
}
