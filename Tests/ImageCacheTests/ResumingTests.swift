import Glibc
import PrecacheModel
import Testing

@testable import ImageCache

@Suite struct ResumingTests {
    /// What a killed agent leaves: objects are let go of in the middle.
    private func crash(
        _ folder: CacheFolder,
        _ sample: Sample,
        _ expected: ExpectedImage,
        at end: Int
    ) async throws {
        let cache = try folder.open()
        let staged = try await cache.begin(expected)
        try await sample.feed(staged, upTo: end)
        await staged.keep()
    }

    @Test func aDownloadGoesOnWhereACrashStoppedIt() async throws {
        let folder = try CacheFolder()
        let sample = try Sample()
        try await crash(folder, sample, sample.expected(), at: 12_345)
        let cache = try folder.open()
        let staged = try await cache.begin(sample.expected())
        #expect(staged.length == 12_345)
        #expect(staged.resumedBytes == 12_345)
        try await sample.feed(staged)
        #expect(try await staged.finish().isVerified)
        #expect(try folder.read(sample.file).elementsEqual(sample.bytes))
    }

    @Test func aCrashInTheMiddleOfBlocksLosesNoMoreThanThose() async throws {
        let folder = try CacheFolder()
        let sample = try Sample(count: 100_000)
        do {
            let cache = try folder.open()
            let staged = try await cache.begin(sample.expected())
            try await sample.feed(staged, upTo: 99_000)
        }
        let staged = try await folder.open().begin(sample.expected())
        // Four blocks of 4,096 may have been under way, each with a piece of 1,777 more.
        #expect(staged.length >= 99_000 - 4 * (4_096 + 1_777))
        try await sample.feed(staged)
        #expect(try await staged.finish().isVerified)
    }

    /// Another source of the whole piece would overwrite bytes that are digested.
    @Test(arguments: [(10_000, 8_192), (20_000, 20_000)])
    func noHalfOfAPieceIsGoneOnWith(end: Int, kept: Int64) async throws {
        let folder = try CacheFolder()
        let sample = try Sample()
        try await crash(folder, sample, sample.expected(), at: end)
        let staged = try await folder.open().begin(sample.expected(), pieceBytes: 4_096)
        #expect(staged.length == kept && staged.resumedBytes == kept)
        try await sample.feed(staged)
        #expect(try await staged.finish().isVerified)
    }

    @Test func allBytesThereNeedNoSource() async throws {
        let folder = try CacheFolder()
        let sample = try Sample()
        try await crash(folder, sample, sample.expected(), at: sample.bytes.count)
        let staged = try await folder.open().begin(sample.expected())
        #expect(staged.length == Int64(sample.bytes.count))
        #expect(try await staged.finish().isVerified)
    }

    @Test func otherContentStartsAnew() async throws {
        let folder = try CacheFolder()
        let (old, new) = (try Sample(seed: 1), try Sample(seed: 2))
        try await crash(folder, old, old.expected(), at: 9_000)
        let staged = try await folder.open().begin(new.expected())
        #expect(staged.length == 0)
        try await new.feed(staged)
        #expect(try await staged.finish().isVerified)
    }

    @Test func withoutADigestNothingIsResumed() async throws {
        let folder = try CacheFolder()
        let sample = try Sample()
        try await crash(folder, sample, sample.expected(nil), at: 9_000)
        let cache = try folder.open()
        #expect(try folder.names("/.precache/staging") == [])
        #expect(try await cache.begin(sample.expected(nil)).length == 0)
    }

    @Test func damagedLeftoversAreFoundByTheDigest() async throws {
        let folder = try CacheFolder()
        let sample = try Sample()
        try await crash(folder, sample, sample.expected(), at: 9_000)
        let part = "\(folder.path)/.precache/staging/\(sample.file).part"
        let file = OpenFile(descriptor: Glibc.open(part, O_WRONLY), name: part)
        try file.write([0xFF, 0xFF, 0xFF], at: 4_000)
        let cache = try folder.open()
        let error = await #expect(throws: CacheError.self) { try await sample.store(in: cache) }
        #expect(error?.code == .checksumMismatch)
        #expect(try await sample.store(in: cache).isVerified)
    }

    @Test func restartingForgetsWhatWasThere() async throws {
        let folder = try CacheFolder()
        let sample = try Sample()
        try await crash(folder, sample, sample.expected(), at: 9_000)
        let staged = try await folder.open().begin(sample.expected())
        try await staged.restart()
        #expect(staged.length == 0)
        try await sample.feed(staged)
        #expect(try await staged.finish().isVerified)
        #expect(try folder.read(sample.file).elementsEqual(sample.bytes))
    }

    @Test func theStartClearsWhatNobodyCanUse() async throws {
        let folder = try CacheFolder()
        let sample = try Sample()
        try await crash(folder, sample, sample.expected(), at: 9_000)
        try folder.write(".precache/staging/0000.part", [1])
        try folder.write(".precache/staging/1111.json", [1])
        try folder.write(".precache/staging/.2222.json.tmp", [1])
        try folder.write(".precache/records/.3333.json.tmp", [1])
        try folder.write(".precache/records/4444.json", Array("{}".utf8))
        _ = try folder.open()
        #expect(try folder.names("/.precache/staging") == ["\(sample.file).json", "\(sample.file).part"])
        #expect(try folder.names("/.precache/records") == [])
        folder.setModified(".precache/staging/\(sample.file).part", secondsSince1970: 1_000_000_000)
        _ = try folder.open()
        #expect(try folder.names("/.precache/staging") == [])
    }

    @Test func aCrashBetweenRecordAndNameIsNoLie() async throws {
        let folder = try CacheFolder()
        let sample = try Sample()
        try await crash(folder, sample, sample.expected(), at: sample.bytes.count)
        do {
            let cache = try folder.open()
            let image = CachedImage(
                id: sample.id,
                file: sample.file,
                sizeBytes: 20_000,
                digest: try sample.expected().digest,
                isVerified: true,
                diskFormat: nil,
                source: nil,
                cachedAtMicroseconds: 1,
                lastUsedAtMicroseconds: 1
            )
            let attributes = FileAttributes(sizeBytes: 20_000, modifiedNanoseconds: 1, inode: 1)
            try RecordShelf(layout: cache.layout).save(CacheRecord(image: image, attributes: attributes))
        }
        let cache = try folder.open()
        #expect(try await cache.lookup(sample.expected()) == .absent)
        #expect(try await cache.images() == [])
        #expect(try await sample.store(in: cache).isVerified)
    }
}

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
