import Glibc
import Logging
import PrecacheModel
import Telemetry
import TestSupport
import Testing

@testable import ImageCache

@Suite(.timeLimit(.minutes(10)))
struct CacheUpkeepTests {
    @Test func roomIsMadeOldestFirstAndNoMoreThanAskedFor() async throws {
        let rig = try UpkeepRig(UpkeepConfiguration())
        var samples: [Sample] = []
        for (index, name) in ["new", "old", "older", "pinned"].enumerated() {
            let sample = try Sample(name, count: 40_960, seed: UInt8(index))
            _ = try await sample.store(in: rig.cache)
            samples.append(sample)
        }
        try await rig.cache.pin(samples[3].id, for: .seconds(3_600))
        for (index, age) in [1, 100, 200, 300].enumerated() { rig.cache.age(samples[index].id, by: age) }
        #expect(await rig.upkeep.evictableBytes() == 3 * 40_960)
        #expect(try await rig.upkeep.makeRoom(bytes: 50_000) == 2 * 40_960)
        #expect(try rig.folder.names().contains(samples[0].file))
        #expect(try rig.folder.names().contains(samples[3].file))
        #expect(try await rig.cache.images().map(\.id.text) == ["new", "pinned"])
        #expect(try await rig.upkeep.makeRoom(bytes: 1 << 40) == 40_960)
        let page = try await rig.upkeep.page(after: nil, limit: 10)
        #expect(page.removals.map(\.reason) == [.room, .room, .room])
        #expect(page.removals.map(\.imageID?.text) == ["new", "old", "older"])
    }

    @Test func theLimitIsKeptByTheSweep() async throws {
        let rig = try UpkeepRig(UpkeepConfiguration(maximumBytes: 100_000))
        for (index, name) in ["a", "b", "c"].enumerated() {
            let sample = try Sample(name, count: 40_960, seed: UInt8(index))
            _ = try await sample.store(in: rig.cache)
            rig.cache.age(sample.id, by: 100 - index)
        }
        let summary = await rig.upkeep.sweep()
        #expect(summary.failure == nil)
        #expect(summary.removed == 1)
        #expect(try await rig.cache.images().map(\.id.text) == ["b", "c"])
    }

    @Test func aDownloadUnderWayIsNotTouched() async throws {
        let rig = try UpkeepRig(UpkeepRig.atOnce)
        let sample = try Sample()
        _ = try await sample.store(in: rig.cache)
        let staged = try await rig.cache.begin(sample.expected())
        let summary = await rig.upkeep.sweep()
        #expect(summary.kept == [.busy: 1])
        await #expect(throws: CacheError.self) { try await rig.upkeep.remove(sample.id) }
        await staged.discard()
        #expect(await rig.upkeep.sweep().removed == 1)
    }

    @Test func whatIsBeingRemovedIsNotFetched() throws {
        let state = CacheState(records: [:])
        let id = try ImageID("ubuntu")
        let claim = state.claim(file: CacheLayout.fileName(of: id))
        #expect(claim != nil)
        #expect(state.claim(file: CacheLayout.fileName(of: id)) == nil)
        #expect(throws: CacheError(.busy, "image ubuntu is being removed")) { try state.claim(id) }
        withExtendedLifetime(claim) {}
    }

    @Test func thePageSaysWhatTheSweepFoundAtItsLastLook() async throws {
        let rig = try UpkeepRig(UpkeepRig.atOnce)
        let sample = try Sample()
        _ = try await sample.store(in: rig.cache)
        // The kernel knows of it, the scan of other processes doesn't.
        let user = open("\(rig.folder.path)/\(sample.file)", O_RDONLY | O_CLOEXEC)
        #expect(await rig.upkeep.sweep().kept == [.inUse: 1])
        let page = try await rig.upkeep.page(after: nil, limit: 10)
        #expect(page.files.map(\.verdict) == [.stays(.inUse)])
        close(user)
        #expect(await rig.upkeep.sweep().removed == 1)
    }

    @Test func aSweepIsToldOnlyIfItDidSomethingOrSomethingIsWrong() async throws {
        let lines = LogLines()
        let rig = try UpkeepRig(UpkeepRig.atOnce, logger: lines.logger)
        await rig.upkeep.sweep()
        #expect(lines.all.isEmpty)
        _ = try await Sample().store(in: rig.cache)
        await rig.upkeep.sweep()
        #expect(lines.all.last?.message == "swept" && lines.all.last?.facts["removed"] == "1")
    }

    @Test func aFileUsedBetweenTheLookAndTheRemovalStays() async throws {
        let rig = try UpkeepRig(UpkeepConfiguration())
        let sample = try Sample()
        _ = try await sample.store(in: rig.cache)
        rig.cache.age(sample.id, by: 200_000)
        let parts = rig.upkeep.parts
        let use = try await parts.look()
        var list = CandidateList()
        let file = try #require(try CacheListing(parts.layout, parts.state).file(sample.file))
        #expect(parts.rule(use).verdict(on: file) != .stays(.young))
        list.add(file, since: 0, .unused)
        // As nova-compute does first when it begins to use a file.
        utimensat(AT_FDCWD, "\(rig.folder.path)/\(sample.file)", nil, 0)
        let removed = try await parts.remove(list.candidates, use) { $0.verdict(on: $1) }
        #expect(removed.notes.isEmpty)
        #expect(removed.kept == [.young: 1])
        #expect(try rig.folder.names().contains(sample.file))
    }

    @Test func pagesCoverAllFilesOnce() async throws {
        let rig = try UpkeepRig(UpkeepConfiguration())
        for number in 100..<125 {
            try rig.folder.write(String(repeating: "0", count: 37) + "\(number)", [1])
        }
        var (names, after): ([String], String?) = ([], nil)
        var pages = 0
        repeat {
            let page = try await rig.upkeep.page(after: after, limit: 10)
            #expect((page.totals != nil) == (after == nil))
            names += page.files.map(\.name)
            after = page.next
            pages += 1
        } while after != nil
        #expect(names == names.sorted() && Set(names).count == 25 && pages == 3)
    }

    @Test func removalsAreBoundedAndOutliveARestart() async throws {
        let folder = try CacheFolder()
        for number in 100..<350 { try folder.write(String(repeating: "0", count: 37) + "\(number)", [1]) }
        var rig: UpkeepRig? = try UpkeepRig(
            UpkeepConfiguration(unusedMinimumAge: .zero, agesNovaFiles: true, scrubInterval: nil),
            in: folder
        )
        #expect(await rig?.upkeep.sweep().removed == 250)
        rig = nil
        let page = try await UpkeepRig(UpkeepConfiguration(), in: folder).upkeep.page(after: nil, limit: 1)
        #expect(page.removals.count == 200)
        #expect(page.removals.allSatisfy { $0.reason == .unused })
    }

    @Test func aRenewedFileIsNotReadAgain() async throws {
        let folder = try CacheFolder()
        let sample = try Sample()
        var rig: UpkeepRig? = try UpkeepRig(UpkeepRig.atOnce, in: folder)
        _ = try await sample.store(in: try #require(rig).cache)
        try await rig?.cache.pin(sample.id, for: .seconds(60))
        let before = try folder.modified(sample.file)
        #expect(await rig?.upkeep.sweep().renewed == 1)
        #expect(try folder.modified(sample.file) > before)
        rig = nil
        let again = try UpkeepRig(UpkeepRig.atOnce, in: folder)
        let found = try await again.cache.lookup(sample.expected())
        guard case .present(let image, let note) = found else { return #expect(Bool(false), "\(found)") }
        #expect(image.isVerified && note == nil)
        // Bytes changed since, with a time of ours or not, are another matter.
        folder.setModified(sample.file, secondsSince1970: 1_700_000_000)
        #expect(try await again.cache.images().map(\.isVerified) == [false])
    }

    @Test func quarantineIsBounded() async throws {
        let rig = try UpkeepRig(UpkeepRig.atOnce)
        let quarantine = Quarantine(layout: rig.cache.layout)
        for number in 0..<7 {
            try rig.folder.write("f\(number)", [1])
            try quarantine.take("f\(number)")
        }
        #expect(try quarantine.count() == Quarantine.limit)
        #expect(try await rig.upkeep.damagedFiles() == Quarantine.limit)
        #expect(try await rig.upkeep.makeRoom(bytes: 1) > 0)
        #expect(try quarantine.count() == 0)
    }
}

extension ImageCache {
    /// Makes an image look unused for so many seconds, to file and record.
    func age(_ id: ImageID, by seconds: Int) {
        guard var record = state[id] else { return }
        let then = Self.now() / 1_000_000 - Int64(seconds)
        let time = timespec(tv_sec: Int(then), tv_nsec: 0)
        utimensat(AT_FDCWD, "\(configuration.directory)/\(record.image.file)", [time, time], 0)
        record.image.lastUsedAtMicroseconds = then * 1_000_000
        record.image.cachedAtMicroseconds = then * 1_000_000
        record.attributes.modifiedNanoseconds = then * 1_000_000_000
        state[id] = record
    }
}

/// A cache with its upkeep, without instances.
struct UpkeepRig {
    let folder: CacheFolder
    let cache: ImageCache
    let upkeep: CacheUpkeep
    let metrics = MetricsRegistry()

    init(
        _ configuration: UpkeepConfiguration,
        in folder: CacheFolder? = nil,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) throws {
        self.folder = try folder ?? CacheFolder()
        cache = try self.folder.open()
        upkeep = try CacheUpkeep(
            cache: cache,
            configuration: configuration,
            metrics: UpkeepMetrics(metrics),
            logger: logger
        )
    }

    static let atOnce = UpkeepConfiguration(unusedMinimumAge: .zero, scrubInterval: nil)
}
