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

    static func image(bytes: Int64 = 100 << 20, hasDigest: Bool = true) throws -> ImageReference {
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

    static func job(_ images: [ImageReference], hosts: Int) throws -> OpenJob {
        var open = try Samples.job(hosts: hosts, limits: Samples.limits(parallelism: .hosts(32))).open
        open.images = images
        return open
    }

    func scheduler(perSource: Int = 10, _ change: (inout RelayRules) -> Void = { _ in }) -> Scheduler {
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

    func time(_ now: Duration = .zero, shift: Duration = .zero) -> SchedulerTime {
        let moment = Samples.start + now
        return SchedulerTime(
            now: now,
            time: LedgerTime(wall: moment + shift, steady: moment),
            watch: WallWatch(startingAt: Samples.start)
        )
    }

    func host(
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
    func claim(
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

    func started(_ scheduler: inout Scheduler) -> [Int: AgentTask] {
        Dictionary(
            uniqueKeysWithValues: scheduler.takeCommands().compactMap { command in
                if case .start(let key, let task, _) = command { (key.host, task) } else { nil }
            }
        )
    }

    func renewed(_ scheduler: inout Scheduler) -> [(host: Int, task: AgentTask)] {
        scheduler.takeCommands().compactMap { command in
            if case .renew(let key, let task, _) = command { (key.host, task) } else { nil }
        }
    }

    func key(_ host: Int, attempt: Int = 1) -> AttemptKey {
        AttemptKey(job: open.id, host: host, attempt: attempt)
    }

    @Test func twoHostsReadTheSourceAndTheOthersHaveNone() throws {
        var scheduler = scheduler()
        let tasks = claim(try (0..<8).map { try host($0) }, &scheduler)
        let seeds = tasks.values.filter { $0.images[0].relay?.seed != nil }
        let members = tasks.values.filter { $0.images[0].relay?.seed == nil }
        #expect(seeds.count == 2 && members.count == 6)
        #expect(seeds.allSatisfy { $0.images[0].sources.map(\.url) == [image.url] })
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

    func stopped(_ scheduler: inout Scheduler) -> Int {
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
}
