import Glibc
import PrecacheModel
import Testing

@testable import ImageCache

@Suite struct StoringTests {
    @Test(arguments: DigestAlgorithm.allCases)
    func aDownloadBecomesACheckedFileUnderNovasName(algorithm: DigestAlgorithm) async throws {
        let folder = try CacheFolder()
        let cache = try folder.open()
        let sample = try Sample()
        let image = try await sample.store(in: cache, sample.expected(algorithm))
        #expect(image.isVerified)
        #expect(image.digest == (try sample.expected(algorithm).digest))
        #expect(try folder.read(sample.file).elementsEqual(sample.bytes))
        #expect(try folder.names("/.precache/staging") == [])
        #expect(try folder.names("/.precache/records") == ["\(sample.file).json"])
        #expect(try await cache.images() == [image])
        #expect(try await cache.usage() == CacheUsage(images: 1, bytes: Int64(sample.bytes.count)))
        var status = stat()
        stat("\(folder.path)/\(sample.file)", &status)
        #expect(status.st_mode & 0o777 == 0o644)
    }

    @Test func anEmptyImageIsNone() async throws {
        let folder = try CacheFolder()
        let sample = try Sample(count: 0)
        let error = await #expect(throws: CacheError.self) { try await sample.store(in: folder.open()) }
        #expect(error?.code == .sizeMismatch)
        #expect(error?.description == "the source sent no bytes at all, and no image is empty")
        #expect(try folder.names() == [".precache"])
    }

    @Test func nothingHasTheNameBeforeItIsComplete() async throws {
        let folder = try CacheFolder()
        let cache = try folder.open()
        let sample = try Sample()
        let staged = try await cache.begin(sample.expected())
        try await sample.feed(staged)
        #expect(try folder.names() == [".precache"])
        var status = stat()
        stat("\(folder.path)/.precache/staging/\(sample.file).part", &status)
        #expect(status.st_mode & 0o777 == 0o600)
        _ = try await staged.finish()
        #expect(try folder.names() == [".precache", sample.file].sorted())
    }

    @Test func otherBytesAreRefusedAndForgotten() async throws {
        let folder = try CacheFolder()
        let cache = try folder.open()
        let wrong = try Sample(seed: 1)
        let error = await #expect(throws: CacheError.self) {
            try await wrong.store(in: cache, Sample(seed: 2).expected())
        }
        #expect(error?.code == .checksumMismatch)
        #expect(error?.reason == .checksumMismatch)
        #expect(try folder.names() == [".precache"])
        #expect(try folder.names("/.precache/staging") == [])
        #expect(try await cache.lookup(wrong.expected()) == .absent)
    }

    @Test func aByteTooManyIsRefusedAtOnce() async throws {
        let folder = try CacheFolder()
        let cache = try folder.open()
        let staged = try await cache.begin(Sample(count: 100).expected())
        let error = await #expect(throws: CacheError.self) {
            try await staged.append([UInt8](repeating: 0, count: 101))
        }
        #expect(error?.description == "the source sent more than the 100 bytes promised")
        #expect(error?.code == .sizeMismatch)
    }

    @Test func tooFewBytesAreRefused() async throws {
        let folder = try CacheFolder()
        let cache = try folder.open()
        let sample = try Sample()
        let staged = try await cache.begin(sample.expected())
        try await sample.feed(staged, upTo: 5_000)
        let error = await #expect(throws: CacheError.self) { try await staged.finish() }
        #expect(error?.description == "the source sent 5000 bytes, 20000 were promised")
        #expect(try folder.names("/.precache/staging") == [])
    }

    @Test func withoutADigestOnlyIfAllowedAndNeverVerified() async throws {
        let folder = try CacheFolder()
        let cache = try folder.open()
        let sample = try Sample()
        var expected = try sample.expected(nil)
        let image = try await sample.store(in: cache, expected)
        #expect(!image.isVerified)
        expected.allowsUnverified = false
        expected.id = try ImageID("other")
        let refused = expected
        let error = await #expect(throws: CacheError.self) { _ = try await cache.begin(refused) }
        #expect(error?.code == .noDigest)
    }

    @Test func oneWriterForAnImage() async throws {
        let folder = try CacheFolder()
        let cache = try folder.open()
        let sample = try Sample()
        let first = try await cache.begin(sample.expected())
        let error = await #expect(throws: CacheError.self) { _ = try await cache.begin(sample.expected()) }
        #expect(error?.code == .busy)
        let removal = await #expect(throws: CacheError.self) { try await cache.remove(sample.id) }
        #expect(removal?.code == .busy)
        await first.discard()
        #expect(try await sample.store(in: cache).isVerified)
    }

    @Test func anImageLargerThanTheDiskIsRefusedWithFigures() async throws {
        let folder = try CacheFolder()
        let cache = try folder.open()
        var expected = try Sample().expected()
        let space = try await cache.space()
        #expect(space.freeBytes > 0 && space.totalBytes >= space.freeBytes)
        expected.sizeBytes = space.totalBytes + 1
        let huge = expected
        let error = await #expect(throws: CacheError.self) { _ = try await cache.begin(huge) }
        #expect(error?.code == .noSpace)
        #expect(error?.description.contains("\(space.totalBytes + 1) more bytes needed") == true)
        #expect(error?.description.contains("needed in \(folder.path): ") == true)
        #expect(try folder.names("/.precache/staging") == [])
    }

    @Test func aSecondAgentOnTheDirectoryIsRefused() throws {
        let folder = try CacheFolder()
        let first = try folder.open()
        let error = #expect(throws: CacheError.self) { _ = try folder.open() }
        #expect(error?.code == .locked)
        #expect(error?.description.contains("give each its own cache.directory") == true)
        withExtendedLifetime(first) {}
    }

    @Test func aLinkPlantedInStagingIsNeverWrittenThrough() async throws {
        let folder = try CacheFolder()
        let cache = try folder.open()
        let sample = try Sample()
        try folder.write("victim", [1, 2, 3])
        symlink("\(folder.path)/victim", "\(folder.path)/.precache/staging/\(sample.file).part")
        _ = try await sample.store(in: cache)
        #expect(try folder.read("victim") == [1, 2, 3])
        let other = try Sample("other")
        link("\(folder.path)/victim", "\(folder.path)/.precache/staging/\(other.file).part")
        _ = try await other.store(in: cache)
        #expect(try folder.read("victim") == [1, 2, 3])
        let isWhole = try folder.read(other.file) == other.bytes
        #expect(isWhole)
    }

    @Test func removingTakesFileRecordAndStaging() async throws {
        let folder = try CacheFolder()
        let cache = try folder.open()
        let sample = try Sample()
        _ = try await sample.store(in: cache)
        try await cache.remove(sample.id)
        #expect(try folder.names() == [".precache"])
        #expect(try folder.names("/.precache/records") == [])
        let error = await #expect(throws: CacheError.self) { try await cache.remove(sample.id) }
        #expect(error?.code == .notFound)
    }

    @Test func readinessMeansThatFilesCanBeMade() async throws {
        let folder = try CacheFolder()
        let cache = try folder.open()
        try await cache.checkWritable()
        let moved = "\(folder.path)-moved"
        rename(folder.path, moved)
        await #expect(throws: CacheError.self) { try await cache.checkWritable() }
        rename(moved, folder.path)
        try await cache.checkWritable()
    }
}

@Suite struct WithoutDigestTests {
    @Test func ourFileOfAnotherSizeIsNotTheImageWanted() async throws {
        let folder = try CacheFolder()
        let cache = try folder.open()
        let sample = try Sample()
        _ = try await sample.store(in: cache)
        var wanted = try sample.expected(nil)
        wanted.sizeBytes = 30_000
        #expect(try await cache.lookup(wanted) == .absent)
    }

    @Test func aDownloadOfUnknownSizeAndDigestDoesNotCoverAKnownSize() throws {
        let sample = try Sample()
        let (known, unknown) = (try sample.expected(nil), try sample.expected(nil, size: false))
        #expect(!unknown.covers(known))
        #expect(known.covers(unknown))
        #expect(try sample.expected(size: false).covers(sample.expected()))
    }
}
