import Glibc
import Logging
import PrecacheModel
import Telemetry
import TestSupport
import Testing

@testable import ImageCache

/// What policies want kept: how long it is in force, and what a restart finds of it.
@Suite(.timeLimit(.minutes(10))) struct LeaseTests {
    private let day: Int64 = 86_400_000_000

    private func set(
        _ samples: [Sample],
        mark: String = "m",
        remove: [Sample] = [],
        seconds: Int64 = 3_600
    ) -> LeaseSet {
        LeaseSet(
            mark: mark,
            duration: .seconds(seconds),
            leases: samples.map { ImageLease(image: $0.id, policies: ["web-\($0.id)"]) },
            removals: remove.map { ImageRemoval(image: $0.id, successors: samples.map(\.id)) }
        )
    }

    private func shelf(_ cache: ImageCache) -> LeaseShelf {
        LeaseShelf(layout: cache.layout, state: cache.state)
    }

    @Test func aRestartFindsThemAndNobodyElseMayReadThem() async throws {
        let folder = try CacheFolder()
        let (kept, gone) = (try Sample("kept"), try Sample("gone"))
        do { try shelf(folder.open()).take(set([kept], remove: [gone])) }
        let cache = try folder.open()
        let held = try #require(cache.state.leases(at: ImageCache.now()).own)
        #expect(cache.unreadableLeases == nil && held.set == set([kept], remove: [gone]))
        #expect(held.toldAt[gone.id] == held.renewedAt)
        var status = stat()
        #expect(stat("\(folder.path)/.precache/leases/localhost.json", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
    }

    @Test func tenThousandAreReadAgain() async throws {
        let folder = try CacheFolder()
        let many = try (0..<10_000).map {
            ImageLease(image: try ImageID("00000000-0000-4000-8000-\($0)"), policies: ["web-base"])
        }
        do { try shelf(folder.open()).take(LeaseSet(mark: "m", duration: .seconds(60), leases: many)) }
        #expect(try folder.open().state.leases(at: ImageCache.now()).files.count == 10_000)
    }

    @Test func theyRunOutUnlessTheyAreRenewed() throws {
        let held = HeldLeases(set([try Sample()], seconds: 60), renewedAt: 5 * day)
        #expect(held.holds(at: 5 * day + 59_999_999) && !held.holds(at: 5 * day + 60_000_000))
        #expect(held.renewed(at: 6 * day).untilMicroseconds == 6 * day + 60_000_000)
    }

    @Test func aClockSetBackLeavesTheirLengthAndNoMore() throws {
        let gone = try Sample("gone")
        let held = HeldLeases(set([try Sample()], remove: [gone]), renewedAt: 100 * day)
        let corrected = held.corrected(at: 10 * day)
        #expect(corrected.untilMicroseconds == 10 * day + 3_600_000_000)
        #expect(corrected.toldAt == [gone.id: 10 * day])
        // It stays so: the clock goes on, and they run out.
        let state = CacheState(records: [:])
        state.set(leases: held, writtenAt: nil)
        #expect(state.leases(at: 10 * day).own == corrected)
        #expect(state.leases(at: 10 * day + 3_599_999_999).own != nil)
        #expect(state.leases(at: 10 * day + 3_600_000_000).own == nil)
    }

    @Test func aRenewalIsWrittenOnlyNowAndThen() throws {
        let folder = try CacheFolder()
        let cache = try folder.open()
        let shelf = shelf(cache)
        try shelf.take(set([try Sample()]))
        let written = try folder.read(".precache/leases/localhost.json")
        let first = try #require(cache.state.leases(at: ImageCache.now()).own)
        try shelf.take(nil)
        let renewed = try #require(cache.state.leases(at: ImageCache.now()).own)
        #expect(renewed.renewedAt > first.renewedAt && renewed.set == first.set)
        #expect(try folder.read(".precache/leases/localhost.json") == written)
        // A quarter of their length later it is.
        cache.state.set(leases: renewed, writtenAt: ImageCache.now() - 900_000_000)
        try shelf.take(nil)
        #expect(try folder.read(".precache/leases/localhost.json") != written)
    }

    @Test func withoutAnyNothingIsRenewed() throws {
        let folder = try CacheFolder()
        let cache = try folder.open()
        try shelf(cache).take(nil)
        #expect(cache.state.leases(at: ImageCache.now()).own == nil)
        #expect(try folder.names("/.precache/leases").isEmpty)
    }

    @Test func aRemovalIsAsOldAsItsFirstWord() throws {
        let folder = try CacheFolder()
        let cache = try folder.open()
        let (one, two) = (try Sample("one"), try Sample("two"))
        try shelf(cache).take(set([], mark: "a", remove: [one]))
        let told = try #require(cache.state.leases(at: ImageCache.now()).own?.toldAt[one.id])
        try shelf(cache).take(set([], mark: "b", remove: [one, two]))
        let next = try #require(cache.state.leases(at: ImageCache.now()).own)
        #expect(next.toldAt[one.id] == told && next.toldAt[two.id] == next.renewedAt)
        try shelf(cache).take(set([one], mark: "c"))
        #expect(cache.state.leases(at: ImageCache.now()).own?.toldAt == [:])
    }

    @Test(arguments: [
        "", "{", "[]", #"{"renewed_at_us":1}"#,
        #"{"renewed_at_us":9223372036854775807,"set":{"mark":"m","seconds":1,"images":[]}}"#,
        #"{"renewed_at_us":1,"set":{"mark":"m","seconds":1,"images":[{"id":"../x","policies":[]}]}}"#,
    ])
    func aFileThatCannotBeReadIsSetAsideAndTold(content: String) async throws {
        let folder = try CacheFolder()
        _ = try folder.open()
        try folder.write(".precache/leases/localhost.json", Array(content.utf8))
        let lines = LogLines()
        let rig = try UpkeepRig(UpkeepConfiguration(), in: folder, logger: lines.logger)
        #expect(try folder.names("/.precache/leases") == ["localhost.unreadable"])
        #expect(try folder.read(".precache/leases/localhost.unreadable") == Array(content.utf8))
        let told = try #require(lines.all.map(\.text).first)
        #expect(told.hasPrefix("warning the leases can't be read") && told.contains("localhost.unreadable"))
        #expect(rig.upkeep.leasesMark == nil)
        try await rig.upkeep.take(set([try Sample()]))
        #expect(rig.upkeep.leasesMark == "m")
    }

    @Test func whatIsNoFileStopsNoAgent() throws {
        let folder = try CacheFolder()
        _ = try folder.open()
        for name in ["localhost", "other"] {
            symlink("/nowhere", "\(folder.path)/.precache/leases/\(name).json")
        }
        do {
            let cache = try folder.open()
            #expect(cache.unreadableLeases?.cause == "it is no file, or too large for leases")
            try shelf(cache).refresh()
            try shelf(cache).take(set([try Sample()]))
        }
        #expect(try folder.open().state.leases(at: ImageCache.now()).own != nil)
    }

    @Test func whatIsLeasedStaysInUpkeepAndWhatIsUnwantedGoes() async throws {
        let rig = try UpkeepRig(UpkeepRig.atOnce)
        let (kept, gone) = (try Sample("kept"), try Sample("gone"))
        for sample in [kept, gone] { _ = try await sample.store(in: rig.cache) }
        try await rig.upkeep.take(set([kept], remove: [gone]))
        let summary = await rig.upkeep.sweep()
        #expect((summary.removed, summary.kept, summary.renewed) == (1, [.leased: 1], 1))
        #expect(try await rig.upkeep.makeRoom(bytes: 1) == 0)
        let page = try await rig.upkeep.page(after: nil, limit: 10)
        #expect(page.removals.map(\.reason) == [.unwanted] && page.removals.map(\.imageID) == [gone.id])
        #expect(page.files.map(\.policies) == [["web-kept"]] && page.totals?.leased == 1)
        let until = try #require(page.files.first?.leasedUntilMicroseconds)
        #expect(page.files.map(\.verdict) == [.stays(.leased, until: until)])
        // The time that the lease gave it keeps it no longer than the lease: only its age does.
        try await rig.upkeep.take(set([], mark: "n"))
        #expect(try await rig.upkeep.makeRoom(bytes: 1) > 0)
    }

    /// The service knows what was here when the host last listed it: what takes an image's place may have gone since.
    @Test func whatIsUnwantedStaysUntilWhatTakesItsPlaceIsHere() async throws {
        let rig = try UpkeepRig(UpkeepRig.atOnce)
        let (new, other, old) = (try Sample("new"), try Sample("other"), try Sample("old"))
        for sample in [other, old] { _ = try await sample.store(in: rig.cache) }
        try await rig.upkeep.take(set([new, other], remove: [old]))
        #expect(await rig.upkeep.sweep().kept == [.leased: 2])
        #expect(try await rig.upkeep.makeRoom(bytes: 1) == 0)
        _ = try await new.store(in: rig.cache)
        // A record alone is no image.
        #expect(unlink("\(rig.folder.path)/\(CacheLayout.fileName(of: new.id))") == 0)
        #expect(await rig.upkeep.sweep().removed == 0)
        _ = try await new.store(in: rig.cache)
        #expect(await rig.upkeep.sweep().removed == 1)
        #expect(try await Set(rig.cache.images().map(\.id)) == [new.id, other.id])
    }

    @Test func whoAsksForItMayRemoveWhatIsLeased() async throws {
        let rig = try UpkeepRig(UpkeepConfiguration())
        let sample = try Sample()
        _ = try await sample.store(in: rig.cache)
        try await rig.upkeep.take(set([sample]))
        try await rig.upkeep.remove(sample.id)
        #expect(try await rig.cache.images().isEmpty)
    }

    @Test func whatIsUnwantedAndUsedGoesOnceNobodyUsesIt() async throws {
        let rig = try UpkeepRig(UpkeepConfiguration())
        let sample = try Sample()
        _ = try await sample.store(in: rig.cache)
        let user = open("\(rig.folder.path)/\(sample.file)", O_RDONLY | O_CLOEXEC)
        try await rig.upkeep.take(set([], remove: [sample]))
        #expect(await rig.upkeep.sweep().kept == [.inUse: 1])
        close(user)
        #expect(await rig.upkeep.sweep().removed == 1)
        // Whoever asks for it later gets it, and keeps it.
        _ = try await sample.store(in: rig.cache)
        #expect(await rig.upkeep.sweep().kept == [.young: 1])
    }

    /// The upkeep sweeps without being asked: what it removes is all that tells.
    @Test func aWordOfRemovalsIsFollowedAtOnce() async throws {
        let rig = try UpkeepRig(UpkeepConfiguration())
        let sample = try Sample()
        _ = try await sample.store(in: rig.cache)
        let upkeep = rig.upkeep
        let running = Task { await upkeep.run() }
        try await upkeep.take(set([], remove: [sample]))
        for _ in 0..<6_000 where try rig.folder.names().contains(sample.file) {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(try !rig.folder.names().contains(sample.file))
        running.cancel()
        await running.value
    }

    @Test func aLeasedFileStaysYoungForNovaAndItsLossIsTold() async throws {
        let lines = LogLines()
        let rig = try UpkeepRig(UpkeepConfiguration(), logger: lines.logger)
        let sample = try Sample()
        _ = try await sample.store(in: rig.cache)
        try await rig.upkeep.take(set([sample]))
        let keeper = PinKeeper(rig.upkeep.parts, novaMinimumAge: .seconds(86_400))
        rig.cache.age(sample.id, by: 2_000)
        let before = try rig.folder.modified(sample.file)
        await keeper.round()
        #expect(try rig.folder.modified(sample.file) - before >= 1_999_000_000_000)
        unlink("\(rig.folder.path)/\(sample.file)")
        await keeper.round()
        await keeper.round()
        #expect(lines.all.map(\.text).count { $0.contains("an image that policies keep here is gone") } == 1)
        #expect(try await rig.upkeep.page(after: nil, limit: 1).removals.map(\.reason) == [.lost])
    }

    @Test func whatAnotherHostIsToKeepStaysInASharedDirectory() async throws {
        let folder = try CacheFolder()
        let caches = try ["one", "two"].map {
            try ImageCache(CacheConfiguration(directory: folder.path, host: $0, blockBytes: 4_096))
        }
        let upkeeps = try caches.map {
            try CacheUpkeep(
                cache: $0,
                configuration: UpkeepRig.atOnce,
                metrics: UpkeepMetrics(MetricsRegistry()),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
        }
        let sample = try Sample()
        _ = try await sample.store(in: caches[0])
        try await upkeeps[0].take(set([sample]))
        #expect(await upkeeps[1].sweep().kept == [.leased: 1])
        #expect(upkeeps[1].leasesMark == nil)
        try await upkeeps[0].take(set([]))
        let last = await upkeeps[1].sweep()
        #expect(last.removed == 1 && last.kept.isEmpty, "\(last.kept) \(last.failure ?? "")")
    }
}

/// What leased images may take together.
@Suite struct LeasedRoomTests {
    private func cache(_ folder: CacheFolder, _ leased: [Sample], bound: Int64) throws -> ImageCache {
        let cache = try ImageCache(
            CacheConfiguration(directory: folder.path, maxLeasedBytes: bound, blockBytes: 4_096)
        )
        let leases = leases(leased)
        try LeaseShelf(layout: cache.layout, state: cache.state).take(leases)
        return cache
    }

    private func leases(_ samples: [Sample]) -> LeaseSet {
        LeaseSet(
            mark: "m",
            duration: .seconds(3_600),
            leases: samples.map { ImageLease(image: $0.id, policies: ["web-\($0.id)"]) }
        )
    }

    @Test func theOneTooManyIsRefusedAndWhoHoldsTheRoomIsNamed() async throws {
        let folder = try CacheFolder()
        let samples = try ["a", "b", "c"].map { try Sample($0, count: 40_960) }
        let cache = try cache(folder, samples, bound: 100_000)
        for sample in samples.prefix(2) { _ = try await sample.store(in: cache) }
        let error = await #expect(throws: CacheError.self) { try await samples[2].store(in: cache) }
        #expect(error?.code == .noSpace)
        #expect(
            error?.description
                == "images that policies keep may take 100000 bytes in \(folder.path) (cache.max_leased_bytes): 40960 are "
                + "needed, 81920 are held by the policies web-a, web-b"
        )
        #expect(try folder.names("/.precache/staging").isEmpty)
        // One that nobody leases is none of them, and the same one again takes nothing more.
        _ = try await Sample("other", count: 40_960).store(in: cache)
        _ = try await samples[1].store(in: cache)
        // Whose size the source alone tells is refused as it grows.
        let grown = await #expect(throws: CacheError.self) {
            try await samples[2].store(in: cache, samples[2].expected(size: false))
        }
        #expect(grown?.code == .noSpace)
    }

    @Test func whatIsComingCounts() async throws {
        let folder = try CacheFolder()
        let (one, two) = (try Sample("one", count: 60_000), try Sample("two", count: 60_000))
        let cache = try cache(folder, [one, two], bound: 100_000)
        let staged = try await cache.begin(one.expected())
        let error = await #expect(throws: CacheError.self) { try await cache.begin(two.expected()) }
        #expect(error?.description.contains("60000 are held by the policies web-one") == true)
        await staged.discard()
        _ = try await two.store(in: cache)
    }

    @Test func anImageThatIsTooLargeAloneSaysSo() async throws {
        let folder = try CacheFolder()
        let sample = try Sample(count: 2_000)
        let cache = try cache(folder, [sample], bound: 1_000)
        let error = await #expect(throws: CacheError.self) { try await cache.begin(sample.expected()) }
        #expect(error?.description.hasSuffix("2000 are needed, no other image holds any of it") == true)
    }
}
