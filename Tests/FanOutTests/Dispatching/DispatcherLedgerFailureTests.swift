import FanOut
import PrecacheModel
import Testing

/// A disk that is full, a database that is locked.
@Suite(.timeLimit(.minutes(10))) struct DispatcherLedgerFailureTests {
    @Test func reportsAreKeptAndWrittenWhenTheLedgerWorksAgain() async throws {
        let rig = Rig { $0.maxInFlight = 1 }
        let job = try Samples.job(hosts: 2)
        rig.ledger.add(job)
        let id = job.open.id
        try await rig.run {
            await rig.caller.waitForTask("\(id).0")
            rig.ledger.state.change { $0.failing = ["record"] }
            rig.caller.finish("\(id).0")
            await rig.ledger.state.wait { $0.failedCalls == 1 }
            await rig.waitForStatus { !$0.isHealthy && $0.unsavedReports == 1 }
            #expect(rig.dispatcher.status.ledgerProblem == "Failure()")
            await rig.advance { $0.failedCalls >= 5 }
            #expect(rig.caller.state.value.begun.count == 1, "nothing new is claimed meanwhile")
            rig.ledger.state.change { $0.failing = [] }
            await rig.advance { ($0.calls["claim"] ?? 0) >= 2 }
            await rig.caller.waitForTask("\(id).1")
            await rig.waitForStatus { $0.isHealthy }
            rig.caller.finish("\(id).1")
            await rig.ledger.waitUntilAllEnded()
        }
        #expect(rig.ledger.job(id)?.count(.cached) == 2)
    }

    @Test(arguments: ["recover", "openJobs", "finish", "claim"])
    func everyCallIsMadeAgain(_ call: String) async throws {
        let rig = Rig(caller: .cachingAll()) { $0.maxDownloadsPerSource = 1 }
        let job = try Samples.job(hosts: 3)
        rig.ledger.add(job)
        rig.ledger.state.change { $0.failing = [call] }
        try await rig.run {
            await rig.ledger.state.wait { $0.failedCalls == 1 }
            rig.ledger.state.change { $0.failing = [] }
            await rig.advance { $0.jobs.values.allSatisfy(\.hasEnded) }
        }
        #expect(rig.ledger.job(job.open.id)?.count(.cached) == 3)
        #expect(rig.ledger.state.value.calls["recover"] == 1)
    }

    @Test func aBrokenLedgerIsNotHammered() async throws {
        let rig = Rig()
        rig.ledger.state.change { $0.failing = ["recover"] }
        try await rig.run {
            await rig.ledger.state.wait { $0.failedCalls == 1 }
            // Word from outside doesn't shorten the pause.
            for _ in 0..<500 {
                rig.dispatcher.ring()
                await Task.yield()
            }
            #expect(rig.ledger.state.value.failedCalls == 1)
            await rig.advance { $0.failedCalls >= 8 }
            #expect(rig.clock.now.offset >= .milliseconds(11_300), "pauses that double up to 5 s")
        }
    }

    @Test func aFailedClaimGivesItsBudgetBack() async throws {
        let rig = Rig { $0.maxDownloadsPerSource = 1 }
        let job = try Samples.job(hosts: 1)
        rig.ledger.add(job)
        rig.ledger.state.change { $0.failing = ["claim"] }
        try await rig.run {
            await rig.advance { $0.failedCalls >= 3 }
            rig.ledger.state.change { $0.failing = [] }
            await rig.advance { $0.calls["claim"] != nil }
            await rig.caller.waitForOpen(1)
        }
    }

    @Test func outcomesThatComeTogetherShareATransaction() async throws {
        let rig = Rig {
            $0.groupWindow = .milliseconds(2)
            $0.maxDownloadsPerSource = 100
        }
        let job = try Samples.job(hosts: 100)
        rig.ledger.add(job)
        let running = Task { await rig.dispatcher.run() }
        let driver = Task { [clock = rig.clock] in
            while !Task.isCancelled {
                for _ in 0..<200 { await Task.yield() }
                clock.advance(by: .milliseconds(1))
            }
        }
        await rig.caller.waitForOpen(100)
        for host in 0..<100 { rig.caller.finish("\(job.open.id).\(host)") }
        await rig.ledger.waitUntilAllEnded()
        rig.dispatcher.stop()
        await running.value
        driver.cancel()
        #expect(rig.ledger.state.value.calls["record"] ?? 0 < 50)
    }

    /// Else those hosts would stay claimed, and the job would never end.
    @Test func claimsThatWereWrittenUnheardAreTakenBack() async throws {
        let rig = Rig(caller: .yielding())
        rig.ledger.state.change { $0.unheardClaims = 2 }
        let job = try Samples.job(hosts: 6)
        rig.ledger.add(job)
        try await rig.run { await rig.advance { $0.jobs.values.allSatisfy(\.hasEnded) } }
        #expect(rig.ledger.job(job.open.id)?.count(.cached) == 6)
        #expect(rig.caller.state.value.begun.map(\.attempt) == Array(repeating: 1, count: 6))
        #expect(rig.ledger.state.value.calls["release"] == 2 && rig.ledger.state.value.violations.isEmpty)
    }

    /// While the database is away nobody can write down whom they heard of.
    @Test func hostsAreNotDownForAnOutageOfTheLedger() async throws {
        let rig = Rig(caller: .yielding()) { $0.maxInFlight = 1 }
        var job = try Samples.job(hosts: 5)
        for host in job.hosts.indices {
            job.hosts[host].heartbeatAt = Samples.start
            job.hosts[host].heartbeatInterval = .seconds(30)
        }
        rig.ledger.state.change { $0.failing = ["claim", "record", "openJobs", "finish", "recover"] }
        rig.ledger.add(job)
        try await rig.run {
            await rig.advance { _ in rig.clock.now.offset > .seconds(300) }
            rig.ledger.state.change { $0.failing = [] }
            // The pause before the next call, and no more: nobody sends heartbeats here.
            await rig.advance { $0.calls["openJobs"] ?? 0 > 0 }
            await rig.ledger.waitUntilAllEnded()
        }
        #expect(rig.ledger.job(job.open.id)?.count(.cached) == 5)
    }
}
