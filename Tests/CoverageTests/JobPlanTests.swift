import Coverage
import PrecacheModel
import Testing

@Suite(.timeLimit(.minutes(10)))
struct JobPlanTests {
    private let now = Timestamp(microseconds: 1_800_000_000_000_000)
    private let web: AggregateName
    private let source = SourceKey(url: "http://images.example/")

    init() throws { web = try AggregateName("web") }

    private func image(
        _ id: String,
        size: Int64? = 1_000_000_000,
        virtual: Int64? = nil,
        format: DiskFormat = .qcow2
    ) throws -> ImageReference {
        ImageReference(
            id: try ImageID(id),
            name: nil,
            url: "http://images.example/\(id)",
            sizeBytes: size,
            virtualSizeBytes: virtual,
            digest: try Digest(.sha256, hex: String(repeating: "ab", count: 32)),
            diskFormat: format,
            allowsUnverified: false
        )
    }

    private func job(_ images: [ImageReference], parallelism: Int = 32) -> NewJob {
        let limits = JobLimits(
            parallelism: .hosts(parallelism),
            hostTimeout: .seconds(1_800),
            maxAttempts: 3,
            deadline: .seconds(21_600)
        )
        return NewJob(id: .make(), aggregate: AggregateKey("web"), images: images, limits: limits)
    }

    /// Hosts 1 to `count`, all alive.
    private func fleet(
        _ count: Int64,
        disabled: Set<Int64> = [],
        down: Set<Int64> = [],
        free: [Int64: Int64] = [:],
        exchanges: Bool = false
    ) throws -> Fleet {
        var fleet = Fleet()
        let hosts = try (1...count).map { id in
            Fleet.Host(id: id, name: try HostName("host-\(id)"), isEnabled: !disabled.contains(id))
        }
        fleet.take(hosts, aggregates: [(1, web, Array(1...count))], revision: 1)
        for id in 1...count {
            let at = down.contains(id) ? now - .seconds(3_600) : now
            fleet.heard(
                id,
                Fleet.Beat(at: at, interval: .seconds(30), freeBytes: free[id], exchanges: exchanges)
            )
        }
        return fleet
    }

    private func rules(copies: Int? = nil, maxDownloads: Int = 64) -> PlanRules {
        PlanRules(
            maxInFlight: 4_096,
            maxDownloads: maxDownloads,
            exchanges: copies.map {
                .init(minimumBytes: 64 << 20, minimumHosts: 4, copies: $0, usualParallelism: .hosts(32))
            }
        )
    }

    private func plan(
        _ job: NewJob,
        _ fleet: Fleet,
        _ rules: PlanRules? = nil,
        _ rates: TransferRates = .assumed
    ) throws -> JobPlan {
        try #require(JobPlan(job, on: fleet, rules ?? self.rules(), rates, at: now))
    }

    private func fates(_ plan: JobPlan) -> [JobPlan.Fate: Int] {
        let all = JobPlan.Fate.allCases.map { ($0, plan.hosts($0)) }
        return Dictionary(uniqueKeysWithValues: all).filter { $0.value > 0 }
    }

    private func measured(_ samples: (isExchanged: Bool, width: Int, rate: Double)...) -> TransferRates {
        let samples = samples.map { sample in
            TransferSample(
                sources: [source],
                isExchanged: sample.isExchanged,
                width: sample.width,
                hostRate: sample.rate
            )
        }
        return TransferRates(samples, from: [source])
    }

    private func holding(_ id: String) throws -> [HeartbeatImage] {
        [HeartbeatImage(id: try ImageID(id), sizeBytes: 1, isVerified: true)]
    }

    // MARK: Hosts

    @Test func eachHostIsInOnePlaceByWhatWouldHappen() throws {
        var fleet = try fleet(7, disabled: [1, 2], down: [2, 3], free: [4: 10, 5: 10, 6: 5_000_000_000])
        fleet.take(try holding("debian"), of: 3, mark: 1, at: now - .seconds(3_600))
        fleet.take(try holding("debian"), of: 4, mark: 1, at: now)
        fleet.ended(.unsupported, of: try ImageID("debian"), on: 7, at: now)
        let plan = try plan(job([try image("debian")]), fleet)
        let isRight =
            fates(plan)
            == [.disabled: 2, .down: 1, .existing: 1, .noRoom: 1, .unsupported: 1, .toFetch: 1]
        #expect(isRight)
        #expect(plan.shortages.map(\.host.text) == ["host-5"])
        #expect(plan.shortages.map(\.neededBytes) == [1_000_000_000] && plan.shortages[0].freeBytes == 10)
        #expect(plan.warnings == ["too little room on 1 host, unless their caches evict what nobody uses"])
        #expect(plan.fromSource == 1_000_000_000 && plan.betweenHosts == 0)
    }

    @Test func aHostNeedsRoomForAllThatItLacks() throws {
        var fleet = try fleet(2, free: [1: 1_500_000_000, 2: 1_500_000_000])
        fleet.take(try holding("debian"), of: 1, mark: 1, at: now)
        let plan = try plan(job([try image("debian"), try image("ubuntu")]), fleet)
        #expect(fates(plan) == [.toFetch: 1, .noRoom: 1])
        #expect(plan.shortages.map(\.neededBytes) == [2_000_000_000])
        #expect(plan.fromSource == 1_000_000_000)
    }

    @Test(arguments: [
        (DiskFormat.qcow2, Int64?(10_000_000_000), Int64(10_000_000_000)), (.qcow2, nil, 1_000_000_000),
        // Not converted.
        (.raw, 10_000_000_000, 1_000_000_000),
    ])
    func whatIsConvertedTakesAllOfItsDisk(format: DiskFormat, virtual: Int64?, needed: Int64) throws {
        let image = try image("debian", virtual: virtual, format: format)
        #expect(try plan(job([image]), fleet(1, free: [1: 1])).shortages.map(\.neededBytes) == [needed])
    }

    @Test func aPolicysJobIsForWhatItsHostsLack() throws {
        var job = job([try image("debian"), try image("ubuntu")])
        let lacking: [Int64: [Int]] = [1: [0], 2: [0, 1], 99: [1]]
        job.order = PolicyOrder(policy: try PolicyName("base"), lacking: lacking, knownAt: now)
        let plan = try plan(job, fleet(5))
        #expect(fates(plan) == [.toFetch: 2] && plan.fromSource == 3_000_000_000)
    }

    @Test func anAggregateGoesByNameOrNumberAndMayBeMissing() throws {
        var job = job([try image("debian")])
        job.aggregate = AggregateKey("1")
        #expect(try plan(job, fleet(3)).hosts(.toFetch) == 3)
        job.aggregate = AggregateKey("none")
        #expect(JobPlan(job, on: try fleet(3), rules(), .assumed, at: now) == nil)
    }

    // MARK: Bytes

    @Test func whatHostsExchangeIsReadTwiceAtTheSource() throws {
        let images = [try image("debian"), try image("tiny", size: 1_000)]
        let plan = try plan(job(images), fleet(100, exchanges: true), rules(copies: 2))
        #expect(plan.fromSource == 2_000_000_000 + 100_000 && plan.betweenHosts == 98_000_000_000)
        // Too few hosts, or agents that can't.
        for fleet in [try fleet(3, exchanges: true), try fleet(100)] {
            #expect(try self.plan(job(images), fleet, rules(copies: 2)).betweenHosts == 0)
        }
    }

    @Test func immenseSizesEndAtTheLargestCount() throws {
        let plan = try plan(job([try image("debian", size: .max)]), fleet(100))
        #expect(plan.fromSource == ByteProgress.limit && plan.latest < .seconds(4_000_000_000))
    }

    // MARK: Time

    @Test(arguments: [
        // As many at once as were seen.
        (32, 64, 32, 32.0, 40.0, 50.0),
        // The last ones may get more each.
        (32, 80, 32, 40, 60, 75), (32, 16, 16, 8, 20, 25),
        // With more than were seen the source may give no more.
        (32, 64, 64, 16, 40, 50), (8, 64, 64, 16, 54.7, 200),
        // Never more than the source allows, or than are in the job.
        (32, 6_400, 1_000, 1_600, 4_000, 5_000), (32, 1, 32, 6.8, 20, 25),
    ])
    func theFinishFollowsFromMeasuredRates(
        seen: Int,
        hosts: Int64,
        parallelism: Int,
        best: Double,
        likely: Double,
        worst: Double
    ) throws {
        let rates = measured((isExchanged: false, width: seen, rate: 50_000_000))
        let plan = try plan(
            job([try image("debian")], parallelism: parallelism),
            fleet(hosts),
            nil,
            rates
        )
        let times = [plan.earliest, try #require(plan.likely), plan.latest]
        let areRight = zip(times, [best, likely, worst]).allSatisfy { abs($0 / .seconds(1) - $1) < 0.1 }
        #expect(plan.isMeasured && areRight, "\(times)")
    }

    @Test func oneLuckyJobIsNoRule() throws {
        let rates = measured(
            (isExchanged: true, width: 9, rate: 90),
            (isExchanged: false, width: 8, rate: 10),
            (isExchanged: false, width: 8, rate: 99),
            (isExchanged: false, width: 8, rate: 12),
            (isExchanged: false, width: 2, rate: 30)
        )
        #expect(rates.host == 30 && rates.source == 96 && rates.exchange == 90)
    }

    @Test func whatIsAssumedIsSaidAndWide() throws {
        let other = TransferSample(
            sources: [SourceKey(url: "http://elsewhere.example/")],
            isExchanged: false,
            width: 32,
            hostRate: 1
        )
        let rates = TransferRates([other], from: [source])
        #expect(rates == .assumed)
        let plan = try plan(job([try image("debian")]), fleet(1), nil, rates)
        #expect(!plan.isMeasured && plan.earliest * 3.9 < plan.latest)
        #expect(abs(try #require(plan.likely) / .seconds(1) - 1_000 / 117.0) < 0.01)
    }

    @Test func nothingToFetchTakesNoTime() throws {
        var fleet = try fleet(1)
        fleet.take(try holding("debian"), of: 1, mark: 1, at: now)
        let plan = try plan(job([try image("debian")]), fleet)
        #expect(plan.likely == .zero && plan.latest == .zero && plan.isMeasured && plan.warnings.isEmpty)
    }

    @Test func exchangedImagesComeAtTheRateOfEarlierOnes() throws {
        let rates = measured((isExchanged: true, width: 100, rate: 50_000_000))
        let fleet = try fleet(1_000, exchanges: true)
        let plan = try plan(job([try image("debian")]), fleet, rules(copies: 2), rates)
        #expect(plan.isMeasured && plan.likely == .seconds(20))
        // A job that names how many at a time has no more at work.
        let narrow = try self.plan(
            job([try image("debian")], parallelism: 500),
            fleet,
            rules(copies: 2),
            rates
        )
        #expect(narrow.likely == .seconds(40))
    }

    // MARK: Warnings

    @Test func itIsSaidWhatWillNotBeThereInTime() throws {
        let rates = measured((isExchanged: false, width: 32, rate: 1_000_000))
        var job = job([try image("debian", size: 10_000_000_000)])
        job.limits.deadline = .seconds(14_400)
        let warnings = try plan(job, fleet(64), nil, rates).warnings
        #expect(
            warnings == [
                "28 hosts may not make the deadline of 4 h",
                "a host may take 3.5 h for what it lacks, longer than the host timeout of 30 min",
                "32 hosts fetch at once: 5.6 h; with exchanges between hosts 3 min",
            ]
        )
    }

    @Test func itIsSaidWhatExchangesWouldBring() throws {
        let rates = measured((isExchanged: false, width: 64, rate: 15_600_000))
        let images = [try image("debian", size: 8_000_000_000)]
        let plan = try plan(job(images, parallelism: 1_000), fleet(1_000), nil, rates)
        #expect(
            plan.warnings == [
                "the source allows 64 downloads at once: 2.3 h; with exchanges between hosts 2 min"
            ]
        )
        let exchanging = try self.plan(
            job(images),
            fleet(1_000, exchanges: true),
            rules(copies: 2),
            rates
        )
        #expect(exchanging.warnings.isEmpty)
    }

    @Test func anUnknownSizeIsSaidAndNoFinishPredicted() throws {
        let images = try (1...5).map { try image("i\($0)", size: nil) }
        let plan = try plan(job(images), fleet(1, free: [1: 0]))
        #expect(plan.likely == nil && fates(plan) == [.toFetch: 1] && !plan.isMeasured)
        #expect(
            plan.warnings == [
                "bytes and time leave out what has no size in the catalogue: i1, i2, i3 and 2 more"
            ]
        )
    }
}
