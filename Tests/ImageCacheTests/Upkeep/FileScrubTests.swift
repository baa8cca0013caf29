import Glibc
import PrecacheModel
import Telemetry
import Testing

@testable import ImageCache

@Suite(.timeLimit(.minutes(10)))
struct FileScrubTests {
    private func scrub(_ rig: UpkeepRig, _ id: ImageID) async throws -> FileScrub.Outcome {
        try await FileScrub(parts: rig.upkeep.parts, record: try #require(rig.cache.state[id])).run()
    }

    @Test(arguments: [1, 4_096, 20_000, 1 << 20, (1 << 20) + 1, 3_000_001])
    func rightBytesAreRight(_ count: Int) async throws {
        let rig = try UpkeepRig(UpkeepConfiguration(scrubRate: 1 << 40))
        let sample = try Sample(count: count)
        _ = try await sample.store(in: rig.cache, sample.expected(.sha512))
        #expect(try await scrub(rig, sample.id) == .right)
        #expect(try await rig.cache.images()[0].scrubbedAtMicroseconds != nil)
    }

    @Test func otherBytesAreDamageAndGoToQuarantine() async throws {
        let rig = try UpkeepRig(UpkeepConfiguration(scrubRate: 1 << 40))
        let sample = try Sample()
        _ = try await sample.store(in: rig.cache)
        var bytes = sample.bytes
        bytes[9_999] ^= 4
        let modified = try rig.folder.modified(sample.file)
        let path = "\(rig.folder.path)/\(sample.file)"
        let file = open(path, O_WRONLY | O_CLOEXEC)
        _ = pwrite(file, bytes, bytes.count, 0)
        close(file)
        let time = timespec(tv_sec: Int(modified / 1_000_000_000), tv_nsec: Int(modified % 1_000_000_000))
        utimensat(AT_FDCWD, path, [time, time], 0)
        guard case .damaged(let why) = try await scrub(rig, sample.id) else {
            return #expect(Bool(false), "no damage seen")
        }
        #expect(why.contains("instead of"))
        #expect(try rig.folder.names("/.precache/quarantine").count == 1)
        #expect(try !rig.folder.names().contains(sample.file))
        #expect(try await rig.cache.lookup(sample.expected()) == .absent)
        let page = try await rig.upkeep.page(after: nil, limit: 10)
        #expect(page.removals.map(\.reason) == [.damaged])
    }

    @Test func aFileThatSomebodyElsePutThereIsNotJudged() async throws {
        let rig = try UpkeepRig(UpkeepConfiguration(scrubRate: 1 << 40))
        let sample = try Sample()
        _ = try await sample.store(in: rig.cache)
        try rig.folder.write("other", [1, 2, 3])
        rename("\(rig.folder.path)/other", "\(rig.folder.path)/\(sample.file)")
        #expect(try await scrub(rig, sample.id) == .passed)
        unlink("\(rig.folder.path)/\(sample.file)")
        #expect(try await scrub(rig, sample.id) == .passed)
    }

    /// So slowly that it is never done by itself.
    @Test func aFileThatIsBeingReadCanBeRemoved() async throws {
        let rig = try UpkeepRig(
            UpkeepConfiguration(unusedMinimumAge: .zero, scrubInterval: nil, scrubRate: 1)
        )
        let sample = try Sample(count: 3_000_000)
        _ = try await sample.store(in: rig.cache)
        let record = try #require(rig.cache.state[sample.id])
        let scrub = Task { try await FileScrub(parts: rig.upkeep.parts, record: record).run() }
        while rig.upkeep.parts.metrics.scrubbedBytes.value == 0 {
            try await Task.sleep(for: .milliseconds(1))
        }
        let summary = await rig.upkeep.sweep()
        #expect(summary.removed == 1 && summary.kept == [:])
        scrub.cancel()
        #expect(try await scrub.value == .passed)
    }

    @Test func whileFilesAreAboutToBeRemovedNoneIsOpened() async throws {
        let rig = try UpkeepRig(UpkeepConfiguration(scrubRate: 1 << 40))
        let sample = try Sample()
        _ = try await sample.store(in: rig.cache)
        let (scrubbed, base) = (rig.upkeep.parts.scrubbed, rig.cache.layout.base)
        let turn = { () throws(CacheError) in
            try scrubbed.use(
                { () throws(CacheError) in try base.openForReading(sample.file) },
                { file throws(CacheError) in try file.status().attributes.sizeBytes }
            )
        }
        var holds: [ScrubHold] = [scrubbed.hold(), scrubbed.hold()]
        for _ in 0..<2 {
            guard case .held = try turn() else { return #expect(Bool(false), "opened") }
            holds.removeLast()
        }
        guard case .done(20_000) = try turn() else { return #expect(Bool(false), "not opened") }
    }

    @Test func aShorterFileIsDamage() async throws {
        let rig = try UpkeepRig(UpkeepConfiguration(scrubRate: 1 << 40))
        let sample = try Sample()
        _ = try await sample.store(in: rig.cache)
        truncate("\(rig.folder.path)/\(sample.file)", 5)
        #expect(try await scrub(rig, sample.id) == .damaged("it has 5 bytes instead of 20000"))
    }
}
