import Glibc
import PrecacheModel
import Testing

@testable import ImageCache

@Suite struct AbandonedStagingTests {
    /// Bytes that a file takes on the disk, room set aside for it included.
    private func allocated(_ path: String) -> Int {
        var answer = stat()
        guard lstat(path, &answer) == 0 else { return -1 }
        return Int(answer.st_blocks) * 512
    }

    @Test func aDownloadThatIsKeptGivesBackTheRoomSetAsideForTheRest() async throws {
        let folder = try CacheFolder()
        let sample = try Sample(count: 4 << 20)
        let staged = try await folder.open().begin(sample.expected())
        try await sample.feed(staged, upTo: 100_000)
        await staged.keep()
        let part = "\(folder.path)/.precache/staging/\(sample.file).part"
        #expect((100_000..<1_000_000).contains(allocated(part)))
    }

    @Test func aRunningAgentClearsWhatNobodyWentOnWith() async throws {
        let folder = try CacheFolder()
        let (old, young, next) = (try Sample("old"), try Sample("young"), try Sample("next"))
        let cache = try folder.open()
        for sample in [old, young] {
            let staged = try await cache.begin(sample.expected())
            try await sample.feed(staged, upTo: 10_000)
            await staged.keep()
        }
        let running = try await cache.begin(Sample("running").expected())
        for file in [old.file, try Sample("running").file] {
            folder.setModified(".precache/staging/\(file).part", secondsSince1970: 1_700_000_000)
        }
        _ = try await next.store(in: cache)
        let kept = [young.file, try Sample("running").file].flatMap { ["\($0).json", "\($0).part"] }
        #expect(try folder.names("/.precache/staging") == kept.sorted())
        await running.discard()
    }

    @Test func anOversizedNoteOrRecordDoesNotKeepTheAgentFromStarting() async throws {
        let folder = try CacheFolder()
        do { _ = try folder.open() }
        let bytes = [UInt8](repeating: 0x20, count: 70_000)
        try folder.write(".precache/staging/aa.json", bytes)
        try folder.write(".precache/staging/aa.part", [1])
        try folder.write(".precache/records/bb.json", bytes)
        _ = try folder.open()
        #expect(try folder.names("/.precache/staging") == [])
        #expect(try folder.names("/.precache/records") == [])
    }
}
