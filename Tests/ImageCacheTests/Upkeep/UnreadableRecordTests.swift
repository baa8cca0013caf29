import Glibc
import PrecacheModel
import TestSupport
import Testing

@testable import ImageCache

@Suite struct UnreadableRecordTests {
    /// Ages what nobody asked for, too, so that nothing but the loss itself keeps the file.
    private let eager = UpkeepConfiguration(agesNovaFiles: true, scrubInterval: nil)

    /// A cache with an image that was pinned and last used long ago, and whose record was overwritten since.
    private func folder(_ sample: Sample, record: String = "{") async throws -> CacheFolder {
        let folder = try CacheFolder()
        do {
            let cache = try folder.open()
            _ = try await sample.store(in: cache)
            try await cache.pin(sample.id, for: .seconds(30 * 86_400))
        }
        try folder.write(".precache/records/\(sample.file).json", Array(record.utf8))
        folder.setModified(sample.file, secondsSince1970: 1_500_000_000)
        return folder
    }

    @Test func itIsToldAndMovedAside() async throws {
        let sample = try Sample()
        let folder = try await folder(sample)
        let lines = LogLines()
        _ = try UpkeepRig(eager, in: folder, logger: lines.logger)
        let name = try #require(try folder.names("/.precache/unreadable").first)
        #expect(name.hasPrefix("\(sample.file).json."))
        #expect(try folder.read(".precache/unreadable/\(name)") == Array("{".utf8))
        #expect(try folder.names("/.precache/records") == [])
        let told = try #require(lines.all.map(\.text).first { $0.contains("\(sample.file).json") })
        #expect(told.hasPrefix("warning") && told.contains("/.precache/unreadable/\(name)"))
        #expect(told.contains("cause="))
        // Told once, not at each start.
        let later = LogLines()
        _ = try UpkeepRig(eager, in: folder, logger: later.logger)
        #expect(later.all.isEmpty)
    }

    @Test func theSweepLeavesItsFileAlone() async throws {
        let sample = try Sample()
        let folder = try await folder(sample)
        do {
            let rig = try UpkeepRig(eager, in: folder)
            let summary = await rig.upkeep.sweep()
            #expect(summary.removed == 0 && summary.kept == [.ageUnknown: 1])
            #expect(try await rig.upkeep.makeRoom(bytes: 1) == 0)
        }
        // Nor does a restart forget it.
        let rig = try UpkeepRig(eager, in: folder)
        #expect(await rig.upkeep.sweep().removed == 0)
        #expect(try folder.names().contains(sample.file))
    }

    @Test func afterTheMinimumAgeItsFileIsLikeAnyOther() async throws {
        let sample = try Sample()
        let folder = try await folder(sample)
        _ = try folder.open()
        let name = try #require(try folder.names("/.precache/unreadable").first)
        let path = "\(folder.path)/.precache/unreadable"
        let before = ImageCache.now() / 1_000_000 - 86_401
        #expect(rename("\(path)/\(name)", "\(path)/\(sample.file).json.\(before)") == 0)
        let rig = try UpkeepRig(eager, in: folder)
        #expect(await rig.upkeep.sweep().removed == 1)
    }

    @Test func whoAsksForTheImageLaterDoesNotEndIt() async throws {
        let sample = try Sample()
        let rig = try UpkeepRig(eager, in: try await folder(sample))
        guard case .present = try await rig.cache.lookup(sample.expected()) else {
            Issue.record("the file isn't adopted")
            return
        }
        #expect(try await rig.upkeep.makeRoom(bytes: 1) == 0)
        try await rig.upkeep.remove(sample.id)
        #expect(try rig.folder.names() == [".precache"])
    }

    @Test func theRecordOfAnotherImageIsUnreadableToo() async throws {
        let (sample, other) = (try Sample(), try Sample("debian"))
        let folder = try await folder(sample)
        do {
            _ = try await other.store(in: folder.open())
            let record = try folder.read(".precache/records/\(other.file).json")
            try folder.write(".precache/records/\(sample.file).json", record)
        }
        let cache = try folder.open()
        #expect(cache.unreadable.map(\.cause) == ["it is the record of debian"])
        #expect(try await cache.images().map(\.id.text) == ["debian"])
    }

    @Test func whatHasNoRecordsNameIsNoRecord() throws {
        let folder = try CacheFolder()
        _ = try folder.open()
        for name in [
            "\(String(repeating: "a", count: 250)).json", ".\(String(repeating: "a", count: 40)).json.tmp",
        ] {
            try folder.write(".precache/records/\(name)", [1])
        }
        mkdir("\(folder.path)/.precache/records/folder.json", 0o700)
        let cache = try folder.open()
        #expect(cache.unreadable == [] && cache.state.losses == [:])
        #expect(try folder.names("/.precache/records") == ["folder.json"])
    }

    @Test func afterAYearItIsForgotten() async throws {
        let sample = try Sample()
        let folder = try await folder(sample)
        _ = try folder.open()
        let name = try #require(try folder.names("/.precache/unreadable").first)
        let path = "\(folder.path)/.precache/unreadable"
        let before = ImageCache.now() / 1_000_000 - 365 * 86_400 - 1
        #expect(rename("\(path)/\(name)", "\(path)/\(sample.file).json.\(before)") == 0)
        try folder.write(".precache/unreadable/\(sample.file).json.9999999999999999", [])
        #expect(try folder.open().state.losses == [:])
        #expect(try folder.names("/.precache/unreadable") == [])
    }
}
