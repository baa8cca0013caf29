import PrecacheModel
import Testing

@testable import FanOut

/// What the scheduler makes of jobs whose images are exchanged.
@Suite struct MeshSchedulingTests {
    let source = SourceKey(url: "http://images.example/")
    let image: ImageReference
    let open: OpenJob

    init() throws {
        image = try Self.image()
        open = try Self.job([image], hosts: 100)
    }

    private static func image(bytes: Int64 = 100 << 20, hasDigest: Bool = true) throws -> ImageReference {
        ImageReference(
            id: try ImageID("a"),
            name: nil,
            url: "http://images.example/a",
            sizeBytes: bytes,
            digest: hasDigest ? try Digest(.sha256, hex: String(repeating: "ab", count: 32)) : nil,
            diskFormat: .raw,
            allowsUnverified: !hasDigest
        )
    }

    private static func job(_ images: [ImageReference], hosts: Int) throws -> OpenJob {
        var open = try Samples.job(hosts: hosts, limits: Samples.limits(parallelism: .hosts(32))).open
        open.images = images
        return open
    }

    private func scheduler(perSource: Int = 10, _ change: (inout RelayRules) -> Void = { _ in }) -> Scheduler
    {
        var rules = RelayRules(
            ticket: { "\($0) \($1)" },
            warrant: { SeedWarrant(certificate: "", signature: "\($1) \($2)") }
        )
        change(&rules)
        return Scheduler(
            limits: SchedulerLimits(
                maxInFlight: 1_000,
                maxDownloadsPerSource: perSource,
                claimBatch: 256,
                retry: RetryPolicy(),
                retryAfterLimit: .seconds(3600),
                cancelGrace: .seconds(5),
                relay: rules
            )
        )
    }

    private func time(_ now: Duration = .zero, shift: Duration = .zero) -> SchedulerTime {
        let moment = Samples.start + now
        return SchedulerTime(
            now: now,
            time: LedgerTime(wall: moment + shift, steady: moment),
            watch: WallWatch(startingAt: Samples.start)
        )
    }

    private func host(
        _ ordinal: Int,
        attempt: Int = 1,
        exchanges: Bool = true,
        images: [Int] = [0]
    ) throws -> ClaimedHost {
        var host = ClaimedHost(
            ordinal: ordinal,
            name: try HostName("h\(ordinal)"),
            address: "::1",
            port: 1,
            attempt: attempt,
            images: images
        )
        host.exchanges = exchanges
        return host
    }

    /// Has the scheduler claim hosts; returns the tasks that it begins, by host.
    private func claim(
        _ hosts: [ClaimedHost],
        _ scheduler: inout Scheduler,
        of job: OpenJob? = nil,
        at now: Duration = .zero
    ) -> [Int: AgentTask] {
        let job = job ?? open
        scheduler.merge([job], at: now, wall: Samples.start, isPoll: true)
        let requests = scheduler.planClaims(at: now)
        scheduler.claimed(requests, [ClaimAnswer(job: job.id, hosts: hosts, nextDue: nil)], time(now))
        return started(&scheduler)
    }

    private func started(_ scheduler: inout Scheduler) -> [Int: AgentTask] {
        Dictionary(
            uniqueKeysWithValues: scheduler.takeCommands().compactMap { command in
                if case .start(let key, let task, _) = command { (key.host, task) } else { nil }
            }
        )
    }

    private func renewed(_ scheduler: inout Scheduler) -> [(host: Int, task: AgentTask)] {
        scheduler.takeCommands().compactMap { command in
            if case .renew(let key, let task, _) = command { (key.host, task) } else { nil }
        }
    }

    private func key(_ host: Int, attempt: Int = 1) -> AttemptKey {
        AttemptKey(job: open.id, host: host, attempt: attempt)
    }

    @Test func twoHostsReadTheSourceAndTheOthersHaveNone() throws {
        var scheduler = scheduler()
        let tasks = claim(try (0..<8).map { try host($0) }, &scheduler)
        let seeds = tasks.values.filter { $0.images[0].relay?.seed != nil }
        let members = tasks.values.filter { $0.images[0].relay?.seed == nil }
        #expect(seeds.count == 2 && members.count == 6)
        #expect(seeds.allSatisfy { $0.images[0].sources == [ImageSource(url: image.url)] })
        #expect(members.allSatisfy { $0.images[0].sources.isEmpty })
        #expect(Set(seeds.map { $0.images[0].relay?.seed?.index }) == [0, 1])
        let ticket = "\(open.id) \(image.digest.map { "\($0)" } ?? "")"
        #expect(tasks.values.allSatisfy { $0.images[0].relay?.ticket == ticket })
        let isSigned = seeds.allSatisfy { task in
            task.images[0].relay?.seed?.warrant.signature.hasPrefix("\(ticket) h") == true
        }
        #expect(isSigned)
        #expect(scheduler.budgets.inUse == [source: 2])
        #expect(scheduler.notes.map(\.kind) == [.seed, .seed])
    }

    @Test func allHostsAreAtWorkOnceOneIsThereThatExchanges() throws {
        var scheduler = scheduler()
        scheduler.merge([open], at: .zero, wall: Samples.start, isPoll: true)
        let first = scheduler.planClaims(at: .zero)
        #expect(first == [ClaimRequest(job: open.id, limit: 32)])
        let hosts = try (0..<32).map { try host($0) }
        scheduler.claimed(first, [ClaimAnswer(job: open.id, hosts: hosts, nextDue: nil)], time())
        scheduler.merge([open], at: .zero, wall: Samples.start, isPoll: true)
        #expect(scheduler.planClaims(at: .zero) == [ClaimRequest(job: open.id, limit: 256)])
    }

    @Test func withoutSuchHostsTheSourcesLimitAndTheJobsHoldAsEver() throws {
        var scheduler = scheduler(perSource: 5)
        let tasks = claim(try (0..<32).map { try host($0, exchanges: false) }, &scheduler)
        #expect(tasks.count == 5 && scheduler.budgets.inUse == [source: 5])
        #expect(tasks.values.allSatisfy { $0.images[0].relay == nil && !$0.images[0].sources.isEmpty })
        scheduler.merge([open], at: .zero, wall: Samples.start, isPoll: true)
        #expect(scheduler.planClaims(at: .zero).isEmpty)
    }

    @Test(arguments: [
        (hosts: 3, bytes: Int64(100 << 20), digest: true), (hosts: 8, bytes: 1 << 20, digest: true),
        (hosts: 8, bytes: 100 << 20, digest: false),
    ])
    func whatIsTooSmallOrUnprovenIsFetchedByEach(hosts: Int, bytes: Int64, digest: Bool) throws {
        let job = try Self.job([Self.image(bytes: bytes, hasDigest: digest)], hosts: hosts)
        var scheduler = scheduler()
        let tasks = claim(try (0..<hosts).map { try host($0) }, &scheduler, of: job)
        #expect(tasks.count == hosts && tasks.values.allSatisfy { $0.images[0].relay == nil })
    }

    @Test func whatTheServiceCannotSignForIsFetchedByEach() throws {
        var scheduler = scheduler { $0.ticket = { _, _ in nil } }
        let tasks = claim(try (0..<8).map { try host($0) }, &scheduler)
        #expect(tasks.count == 8 && tasks.values.allSatisfy { $0.images[0].relay == nil })
        #expect(tasks.values.allSatisfy { !$0.images[0].sources.isEmpty })
    }

    @Test func aFewAmongMuchMoreThatCantMakeNoMesh() throws {
        var scheduler = scheduler()
        let tasks = claim(try (0..<8).map { try host($0, exchanges: $0 < 3) }, &scheduler)
        #expect(tasks.count == 8 && tasks.values.allSatisfy { $0.images[0].relay == nil })
    }

    @Test func whoReachesNobodyIsSentToTheSourceAtOnceAndThatCountsAsNoAttempt() throws {
        var job = open
        job.limits.maxAttempts = 1
        var scheduler = scheduler()
        let tasks = claim(try (0..<8).map { try host($0) }, &scheduler, of: job)
        let member = try #require(tasks.first { $0.value.images[0].relay?.seed == nil }?.key)
        let alone = ImageOutcome(.error, reason: .peersUnavailable, detail: "h1: refused", isRetryable: true)
        scheduler.received(alone, of: image.id, key(member), time())
        scheduler.ended(key(member), .finished, jitter: 1, time())
        #expect(scheduler.outbox.reports.last?.next == .retry(at: Samples.start))
        let note = try #require(scheduler.notes.last)
        #expect(note.kind == .alone && note.host.text == "h\(member)")
        #expect(note.isOutUntil == Samples.start + .seconds(3_600))
        scheduler.outbox.drop(scheduler.outbox.reports.count)
        let again = claim([try host(member, attempt: 2)], &scheduler, of: job)
        #expect(again[member]?.images[0].relay == nil && again[member]?.images[0].sources.isEmpty == false)
        #expect(scheduler.budgets.inUse == [source: 3])
    }

    @Test func aStarvingHostIsMadeASeedOneAtATime() throws {
        var scheduler = scheduler()
        let tasks = claim(try (0..<8).map { try host($0) }, &scheduler)
        let members = tasks.filter { $0.value.images[0].relay?.seed == nil }.keys.sorted()
        for member in members { scheduler.starved(image.id, key(member), time(.seconds(10))) }
        let seeds = renewed(&scheduler)
        #expect(seeds.map(\.host) == [members[0]])
        #expect(seeds[0].task.images[0].relay?.seed?.index == 2)
        #expect(seeds[0].task.images[0].sources == [ImageSource(url: image.url)])
        #expect(scheduler.budgets.inUse == [source: 3])
        // Three read it now: no more, however long others starve.
        scheduler.starved(image.id, key(members[1]), time(.seconds(60)))
        #expect(renewed(&scheduler).isEmpty && scheduler.budgets.inUse == [source: 3])
    }

    @Test func aSeedThatCantGoOnIsReplacedAtOnce() throws {
        var scheduler = scheduler()
        let tasks = claim(try (0..<8).map { try host($0) }, &scheduler)
        let seed = try #require(tasks.first { $0.value.images[0].relay?.seed != nil }?.key)
        scheduler.received(ImageOutcome(.error, reason: .noSpace), of: image.id, key(seed), time())
        scheduler.ended(key(seed), .finished, jitter: 1, time())
        let next = renewed(&scheduler)
        #expect(next.count == 1 && next.first?.host != seed)
        #expect(scheduler.budgets.inUse == [source: 2])
    }

    @Test func soIsOneWhoseAgentIsGone() throws {
        var scheduler = scheduler()
        let tasks = claim(try (0..<8).map { try host($0) }, &scheduler)
        let gone = AgentFailure(reason: .agentUnreachable, detail: "gone")
        for seed in tasks.filter({ $0.value.images[0].relay?.seed != nil }).keys {
            scheduler.ended(key(seed), .failed(gone), jitter: 1, time())
        }
        // Three were told to read it, and one still does.
        let third = renewed(&scheduler)
        #expect(third.count == 1 && scheduler.budgets.inUse == [source: 1])
        // Better a fourth copy than no image.
        scheduler.ended(key(third[0].host), .failed(gone), jitter: 1, time())
        #expect(renewed(&scheduler).count == 1 && scheduler.budgets.inUse == [source: 1])
    }

    @Test func whatTheSourceHasNotIsFoundOutByEachHostForItself() throws {
        var scheduler = scheduler()
        let tasks = claim(try (0..<8).map { try host($0) }, &scheduler)
        let seeds = tasks.filter { $0.value.images[0].relay?.seed != nil }.keys.sorted()
        let missing = ImageOutcome(.error, reason: .imageNotFound)
        scheduler.received(missing, of: image.id, key(seeds[0]), time())
        #expect(stopped(&scheduler) == 0, "one host's word undoes nothing")
        scheduler.received(missing, of: image.id, key(seeds[1]), time())
        #expect(stopped(&scheduler) == 6)
        let member = try #require(tasks.first { $0.value.images[0].relay?.seed == nil }?.key)
        scheduler.received(ImageOutcome(.cancelled), of: image.id, key(member), time())
        scheduler.ended(key(member), .finished, jitter: 1, time())
        let report = try #require(scheduler.outbox.reports.last)
        #expect(report.next == .retry(at: Samples.start) && report.images[0].reason == .peersUnavailable)
        scheduler.outbox.drop(scheduler.outbox.reports.count)
        let again = claim([try host(member, attempt: 2)], &scheduler)
        #expect(again[member]?.images[0].relay == nil)
    }

    private func stopped(_ scheduler: inout Scheduler) -> Int {
        scheduler.takeCommands().count { if case .cancelAtAgent = $0 { true } else { false } }
    }

    @Test func whoseBytesAreWrongTriesTheSourceAndTheOthersGoOn() throws {
        var scheduler = scheduler()
        let tasks = claim(try (0..<8).map { try host($0) }, &scheduler)
        let members = tasks.filter { $0.value.images[0].relay?.seed == nil }.keys.sorted()
        let wrong = ImageOutcome(.error, reason: .checksumMismatch, isRetryable: true)
        scheduler.received(wrong, of: image.id, key(members[0]), time())
        scheduler.ended(key(members[0]), .finished, jitter: 1, time())
        #expect(stopped(&scheduler) == 0)
        scheduler.outbox.drop(scheduler.outbox.reports.count)
        let again = claim([try host(members[0], attempt: 2)], &scheduler)
        #expect(again[members[0]]?.images[0].relay == nil)
        // A second one has wrong bytes, too: it may be the source, or a seed.
        scheduler.received(wrong, of: image.id, key(members[1]), time())
        #expect(stopped(&scheduler) == 6)
    }

    @Test func attemptsThatWereLostWithTheMeshDontCountLaterEither() throws {
        var job = open
        job.limits.maxAttempts = 2
        var scheduler = scheduler()
        let tasks = claim(try (0..<8).map { try host($0) }, &scheduler, of: job)
        let member = try #require(tasks.first { $0.value.images[0].relay?.seed == nil }?.key)
        var outcome = ImageOutcome(.error, reason: .peersUnavailable, isRetryable: true)
        for attempt in 1...3 {
            scheduler.received(outcome, of: image.id, key(member, attempt: attempt), time())
            scheduler.ended(key(member, attempt: attempt), .finished, jitter: 0, time())
            let isDone = scheduler.outbox.reports.last?.next == .done
            #expect(isDone == (attempt == 3), "two attempts at the source, as ever")
            scheduler.outbox.drop(scheduler.outbox.reports.count)
            _ = claim([try host(member, attempt: attempt + 1)], &scheduler, of: job, at: .seconds(100))
            outcome = ImageOutcome(.error, reason: .sourceThrottled, isRetryable: true)
        }
    }

    @Test func jobsOfOneHostAtATimeOrderWhatAgentsTake() throws {
        var scheduler = scheduler()
        for ordinal in 0..<200 {
            let now = Duration.seconds(100 * ordinal)
            let tasks = claim([try host(ordinal)], &scheduler, at: now)
            let task = try #require(tasks[ordinal])
            if let seed = task.images[0].relay?.seed {
                #expect((0..<64).contains(seed.index) && seed.index < seed.count && seed.count <= 64)
            }
            scheduler.received(ImageOutcome(.cached), of: image.id, key(ordinal), time(now))
            scheduler.ended(key(ordinal), .finished, jitter: 1, time(now))
            scheduler.outbox.drop(scheduler.outbox.reports.count)
        }
        #expect(scheduler.budgets.inUse.isEmpty)
    }

    @Test func whoWaitsForTheSourceKeepsNoPlaceFromOthersAndIsLookedUpAnew() throws {
        var scheduler = scheduler(perSource: 1)
        var hosts = try (0..<2).map { try host($0) }
        hosts += try (2..<60).map { try host($0, exchanges: false) }
        let tasks = claim(hosts, &scheduler)
        #expect(tasks.count == 1 && scheduler.parked.count == 59)
        scheduler.merge([open], at: .seconds(1), wall: Samples.start, isPoll: true)
        #expect(scheduler.planClaims(at: .seconds(1)).isEmpty, "as many wait as may fetch")
        _ = scheduler.planClaims(at: .seconds(31))
        _ = scheduler.planClaims(at: .seconds(31))
        #expect(scheduler.parked.isEmpty && scheduler.outbox.reports.count == 59)
        #expect(scheduler.outbox.reports.allSatisfy { $0.next == .released && $0.images.isEmpty })
        #expect(scheduler.budgets.inUse == [source: 1])
    }

    @Test func unitsThatAClaimTookArentGivenToWhoWaits() throws {
        var scheduler = scheduler(perSource: 4)
        let star = try Self.job([Self.image(bytes: 1 << 20)], hosts: 4)
        scheduler.merge([open, star], at: .zero, wall: Samples.start, isPoll: true)
        let requests = scheduler.planClaims(at: .zero)
        let answers = try requests.map { request in
            ClaimAnswer(
                job: request.job,
                hosts: try (0..<min(8, request.limit)).map {
                    try host($0, exchanges: request.job == open.id)
                },
                nextDue: nil
            )
        }
        scheduler.claimed(requests, answers.sorted { $0.job == open.id && $1.job != open.id }, time())
        #expect(scheduler.budgets.inUse == [source: 4])
    }

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

    @Test(arguments: [false, true])
    func hostsThatHadItGiveItToThoseThatWereSentToOthersOfThem(isStillAtWork: Bool) throws {
        var scheduler = scheduler()
        let tasks = claim(try (0..<60).map { try host($0) }, &scheduler)
        let members = tasks.filter { $0.value.images[0].relay?.seed == nil }.keys.sorted()
        let lacking = Set(members.prefix(4))
        for host in members.dropFirst(4) {
            scheduler.received(ImageOutcome(.existing), of: image.id, key(host), time())
            if !isStillAtWork { scheduler.ended(key(host), .finished, jitter: 1, time()) }
        }
        scheduler.mendMeshes()
        let told = renewed(&scheduler)
        // Those that read the source hear of them, too: what a neighbour has they don't read.
        let givers = told.filter { $0.task.images[0].relay?.seed != nil && members.contains($0.host) }
        #expect(givers.count == 2 && givers.allSatisfy { !lacking.contains($0.host) })
        #expect(givers.allSatisfy { !$0.task.images[0].sources.isEmpty && $0.task.attempt == 1 })
        let names = Set(givers.map { "h\($0.host)" })
        let others = told.filter { lacking.contains($0.host) }
        #expect(!others.isEmpty)
        for (_, task) in others {
            let asks = task.images[0].relay?.neighbours.map(\.place.host.text) ?? []
            #expect(!names.isDisjoint(with: asks) && task.images[0].sources.isEmpty, "\(asks)")
        }
        // They read nothing: neither a place at the source nor a copy is theirs, and people hear of two seeds as ever.
        #expect(scheduler.budgets.inUse == [source: 2] && scheduler.notes.map(\.kind) == [.seed, .seed])
        scheduler.mendMeshes()
        #expect(renewed(&scheduler).isEmpty)
    }

    @Test func whoComesWhenAllOthersHadItIsSentToSomeOfThem() throws {
        var scheduler = scheduler()
        // The seeds are among those that had it, but have been silent for long.
        for ordinal in claim(try (0..<8).map { try host($0) }, &scheduler).keys {
            scheduler.received(ImageOutcome(.existing), of: image.id, key(ordinal), time())
            scheduler.ended(key(ordinal), .finished, jitter: 1, time())
        }
        scheduler.outbox.drop(scheduler.outbox.reports.count)
        scheduler.mendMeshes()
        #expect(renewed(&scheduler).isEmpty, "nobody needs it")
        let late = claim([try host(20)], &scheduler, at: .seconds(100))[20]?.images[0]
        scheduler.mendMeshes()
        let givers = Set(renewed(&scheduler).map { "h\($0.host)" })
        #expect(late?.sources.isEmpty == true && givers.count == 2)
        #expect(givers.isSubset(of: late?.relay?.neighbours.map(\.place.host.text) ?? []))
        #expect(scheduler.budgets.inUse.isEmpty && scheduler.notes.count == 2)
    }
}
