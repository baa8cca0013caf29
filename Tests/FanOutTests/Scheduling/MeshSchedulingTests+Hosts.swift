import PrecacheModel
import Testing

@testable import FanOut

/// Hosts that are accused or put out, wait for the source, or had the image before.
extension MeshSchedulingTests {
    @Test func anAccusationIsForgottenAfterAnHour() throws {
        var scheduler = scheduler()
        _ = claim(try (0..<8).map { try host($0) }, &scheduler)
        let accused = try HostName("h7")
        scheduler.faulted(accused, image.id, "x", key(1), time())
        scheduler.faulted(accused, image.id, "x", key(2), time(.seconds(3_601)))
        #expect(!scheduler.notes.contains { $0.kind == .barred })
        for culprit in 0..<8 { scheduler.faulted(try HostName("h\(culprit)"), image.id, "x", key(3), time()) }
        for culprit in 0..<8 { scheduler.faulted(try HostName("h\(culprit)"), image.id, "x", key(4), time()) }
        for culprit in 0..<8 { scheduler.faulted(try HostName("h\(culprit)"), image.id, "x", key(3), time()) }
        #expect(scheduler.attempts[key(3)]?.accusations == 16)
    }

    @Test func aSeedWaitsForTheSourcesLimitAndThenItsTurnComes() throws {
        var scheduler = scheduler(perSource: 1)
        let tasks = claim(try (0..<8).map { try host($0) }, &scheduler)
        #expect(tasks.count == 7 && scheduler.budgets.inUse == [source: 1])
        let seed = try #require(tasks.first { $0.value.images[0].relay?.seed != nil }?.key)
        scheduler.received(ImageOutcome(.cached), of: image.id, key(seed), time())
        scheduler.ended(key(seed), .finished, jitter: 1, time())
        scheduler.outbox.drop(scheduler.outbox.reports.count)
        for _ in 0..<2 { _ = scheduler.planClaims(at: .seconds(1)) }
        let late = started(&scheduler)
        #expect(late.count == 1 && late.first?.value.images[0].relay?.seed != nil)
        #expect(scheduler.budgets.inUse == [source: 1])
    }

    @Test func aCancelledJobLeavesNoHostWaitingForItsTurn() throws {
        var scheduler = scheduler(perSource: 1)
        let tasks = claim(try (0..<8).map { try host($0) }, &scheduler)
        let waiting = try #require((0..<8).first { tasks[$0] == nil })
        scheduler.close(open.id, .cancelled, at: .seconds(1))
        scheduler.fireTimers(jitter: { 1 }, time(.seconds(1)))
        #expect(scheduler.attempts[key(waiting)] == nil)
        let report = try #require(scheduler.outbox.reports.first { $0.host == waiting })
        #expect(report.next == .done && report.images.map(\.outcome) == [.cancelled])
        #expect(scheduler.budgets.inUse == [source: 1])
    }

    @Test func ofWhomTwoSayThatItGaveSomethingWrongIsKeptOut() throws {
        var scheduler = scheduler()
        _ = claim(try (0..<8).map { try host($0) }, &scheduler)
        let liar = try HostName("h7")
        for reporter in [1, 1, 2] { scheduler.faulted(liar, image.id, "no seal", key(reporter), time()) }
        #expect(scheduler.notes.map(\.kind).suffix(4) == [.peerFault, .peerFault, .peerFault, .barred])
        let last = try #require(scheduler.notes.last)
        #expect(last.host == liar && last.isOutUntil == Samples.start + .seconds(86_400))
        let later = claim(try (10..<40).map { try host($0) }, &scheduler)
        let asked = Set(later.values.flatMap { $0.images[0].relay?.neighbours.map(\.place.host) ?? [] })
        #expect(!asked.isEmpty && !asked.contains(liar))
    }

    /// What others said is remembered by a clock that nobody sets; only until when a host is kept out is told by the other.
    @Test(arguments: [Duration.seconds(86_400), .seconds(-86_400)])
    func aClockThatIsSetChangesNoExchange(shift: Duration) throws {
        var scheduler = scheduler()
        let tasks = claim(try (0..<8).map { try host($0) }, &scheduler)
        let members = tasks.filter { $0.value.images[0].relay?.seed == nil }.keys.sorted()
        let liar = try HostName("h\(members[0])")
        scheduler.faulted(liar, image.id, "no seal", key(members[1]), time())
        scheduler.starved(image.id, key(members[1]), time(.seconds(10)))
        #expect(renewed(&scheduler).count == 1)
        // Nobody else is made a seed for ten seconds, whatever the clock says, and then somebody is.
        scheduler.starved(image.id, key(members[2]), time(.seconds(11), shift: shift))
        #expect(renewed(&scheduler).isEmpty)
        scheduler.faulted(liar, image.id, "no seal", key(members[2]), time(.seconds(12), shift: shift))
        let note = try #require(scheduler.notes.last)
        #expect(note.kind == .barred && note.host == liar)
        #expect(note.isOutUntil == Samples.start + .seconds(12) + shift + .seconds(86_400))
        // Whoever comes now has the same ticket, for as long.
        let now = Duration.seconds(13)
        scheduler.merge([open], at: now, wall: Samples.start + shift, isPoll: true)
        let requests = scheduler.planClaims(at: now)
        let late = try host(20)
        scheduler.claimed(
            requests,
            [ClaimAnswer(job: open.id, hosts: [late], nextDue: nil)],
            time(now, shift: shift)
        )
        let (order, first) = (started(&scheduler)[20]?.images[0].relay, tasks[members[0]]?.images[0].relay)
        #expect(order != nil && order?.ticket == first?.ticket && order?.serve == first?.serve)
    }

    /// Two that lie may be the seeds, and the others have nothing: nobody who is put out waits for them.
    @Test func whoIsPutOutUnderWayAndStarvesFetchesForItself() throws {
        var scheduler = scheduler()
        _ = claim(try (0..<8).map { try host($0) }, &scheduler)
        for reporter in [1, 2] { scheduler.faulted(try HostName("h7"), image.id, "x", key(reporter), time()) }
        #expect(scheduler.attempts[key(7)]?.isRecalled == false, "what it is being given may be enough")
        for host in [6, 7] { scheduler.starved(image.id, key(host), time()) }
        #expect([6, 7].map { scheduler.attempts[key($0)]?.isRecalled } == [false, true])
    }

    @Test func ofAStrangersFaultNothingIsBelieved() throws {
        var scheduler = scheduler()
        _ = claim(try (0..<8).map { try host($0) }, &scheduler)
        for reporter in [1, 2] {
            scheduler.faulted(try HostName("h99"), image.id, "x", key(reporter), time())
        }
        #expect(!scheduler.notes.contains { $0.kind == .peerFault || $0.kind == .barred })
    }

    @Test func whoWasSentToHostsThatHadItIsSentToOthers() throws {
        var scheduler = scheduler()
        let tasks = claim(try (0..<60).map { try host($0) }, &scheduler)
        let seeds = tasks.filter { $0.value.images[0].relay?.seed != nil }.keys.sorted()
        let members = tasks.keys.filter { !seeds.contains($0) }.sorted()
        let lacking = Set(members.prefix(4))
        for host in members.dropFirst(4) {
            scheduler.received(ImageOutcome(.existing), of: image.id, key(host), time())
            scheduler.ended(key(host), .finished, jitter: 1, time())
        }
        scheduler.mendMeshes()
        let told = renewed(&scheduler)
        #expect(!told.isEmpty && Set(told.map(\.host)).isSubset(of: lacking.union(seeds)))
        let able = Set(lacking.union(seeds).map { "h\($0)" })
        for (host, task) in told where lacking.contains(host) {
            let asks = task.images[0].relay?.neighbours.map(\.place.host.text) ?? []
            // Who has three left keeps the others, and may only have been given a way to a seed.
            let isGiven = able.isSuperset(of: asks) || asks.count(where: able.contains) >= 3
            #expect(!asks.isEmpty && isGiven && task.images[0].sources.isEmpty, "\(asks)")
            #expect(Set(asks).count == asks.count, "nobody is named twice: \(asks)")
        }
        #expect(scheduler.budgets.inUse == [source: 2] && scheduler.notes.map(\.kind) == [.seed, .seed])
        scheduler.mendMeshes()
        #expect(renewed(&scheduler).isEmpty)
    }

    /// What its neighbours had was converted: the way to them is as it should be.
    @Test func whoIsLeftAmongHostsThatHadItFetchesForItselfAndNobodySaysMore() throws {
        var scheduler = scheduler()
        let tasks = claim(try (0..<8).map { try host($0) }, &scheduler)
        let last = tasks.filter { $0.value.images[0].relay?.seed == nil }.keys.max() ?? 0
        for host in tasks.keys where host != last {
            scheduler.received(ImageOutcome(.existing), of: image.id, key(host), time())
            scheduler.ended(key(host), .finished, jitter: 1, time())
        }
        let none = ImageOutcome(.error, reason: .peersUnavailable, detail: "nobody", isRetryable: true)
        scheduler.received(none, of: image.id, key(last), time(.seconds(8)))
        #expect(scheduler.notes.map(\.kind) == [.seed, .seed])
    }
}
