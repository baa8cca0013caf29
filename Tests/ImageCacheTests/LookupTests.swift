import Glibc
import PrecacheModel
import Testing

@testable import ImageCache

@Suite struct LookupTests {
    private func present(_ presence: CachePresence) -> (image: CachedImage, note: String?)? {
        guard case .present(let image, let note) = presence else { return nil }
        return (image, note)
    }

    @Test func whatTheRecordDescribesIsThereAndItsAgeStartsAnew() async throws {
        let folder = try CacheFolder()
        let sample = try Sample()
        do { _ = try await sample.store(in: folder.open()) }
        let before = try folder.modified(sample.file)
        let cache = try folder.open()
        let found = try #require(present(try await cache.lookup(sample.expected())))
        #expect(found.image.isVerified)
        #expect(found.note == nil)
        #expect(try folder.modified(sample.file) > before)
        #expect(found.image.lastUsedAtMicroseconds > found.image.cachedAtMicroseconds)
        // The renewed age is in the record, too.
        #expect(present(try await cache.lookup(sample.expected()))?.note == nil)
    }

    @Test func nothingThereIsAbsent() async throws {
        let folder = try CacheFolder()
        #expect(try await folder.open().lookup(Sample().expected()) == .absent)
    }

    @Test func novasFileIsAdoptedButNotCalledVerified() async throws {
        let folder = try CacheFolder()
        let sample = try Sample()
        try folder.write(sample.file, sample.bytes)
        let cache = try folder.open()
        let found = try #require(present(try await cache.lookup(sample.expected())))
        #expect(!found.image.isVerified)
        #expect(found.note == "not verified: the file was made by someone else")
        #expect(try await cache.images().map(\.id) == [sample.id])
        #expect(try await cache.verify(sample.expected()))
        #expect(present(try await cache.lookup(sample.expected()))?.image.isVerified == true)
    }

    @Test func novasConvertedFileIsAdoptedWithItsSizeSaid() async throws {
        let folder = try CacheFolder()
        let sample = try Sample()
        try folder.write(sample.file, [UInt8](repeating: 3, count: 1_024))
        let found = try #require(present(try await folder.open().lookup(sample.expected(format: .qcow2))))
        #expect(!found.image.isVerified)
        #expect(found.note?.contains("has 1024 bytes, the image 20000; it may be converted") == true)
    }

    @Test func aTouchedFileIsReadAgainAndStaysVerified() async throws {
        let folder = try CacheFolder()
        let cache = try folder.open()
        let sample = try Sample()
        _ = try await sample.store(in: cache)
        folder.setModified(sample.file, secondsSince1970: 1_700_000_000)
        #expect(try await cache.images().map(\.isVerified) == [false])
        let found = try #require(present(try await cache.lookup(sample.expected())))
        #expect(found.image.isVerified)
        #expect(found.note == "changed since it was cached; digest checked again")
        #expect(try await cache.images().map(\.isVerified) == [true])
    }

    @Test func aDamagedFileIsAbsentAndReplaced() async throws {
        let folder = try CacheFolder()
        let cache = try folder.open()
        let sample = try Sample()
        _ = try await sample.store(in: cache)
        var damaged = sample.bytes
        damaged[9_999] ^= 1
        try folder.write(sample.file, damaged)
        #expect(try await cache.lookup(sample.expected()) == .absent)
        _ = try await sample.store(in: cache)
        #expect(try folder.read(sample.file).elementsEqual(sample.bytes))
        try folder.write(sample.file, Array(sample.bytes[..<100]))
        #expect(try await cache.lookup(sample.expected()) == .absent)
    }

    @Test func anotherDigestForTheIdIsAnotherImage() async throws {
        let folder = try CacheFolder()
        let cache = try folder.open()
        let (old, new) = (try Sample(seed: 1), try Sample(seed: 2))
        _ = try await old.store(in: cache)
        #expect(try await cache.lookup(new.expected()) == .absent)
        _ = try await new.store(in: cache)
        #expect(present(try await cache.lookup(new.expected())) != nil)
        #expect(try await cache.lookup(old.expected()) == .absent)
    }

    @Test func anotherAlgorithmIsCheckedByReading() async throws {
        let folder = try CacheFolder()
        let cache = try folder.open()
        let sample = try Sample()
        _ = try await sample.store(in: cache, sample.expected(.sha256))
        let found = try #require(present(try await cache.lookup(sample.expected(.sha512))))
        #expect(found.image.isVerified)
        #expect(found.image.digest == (try sample.expected(.sha512).digest))
    }

    @Test func aVanishedFileIsAbsentAndItsRecordGone() async throws {
        let folder = try CacheFolder()
        let cache = try folder.open()
        let sample = try Sample()
        _ = try await sample.store(in: cache)
        unlink("\(folder.path)/\(sample.file)")
        #expect(try await cache.lookup(sample.expected()) == .absent)
        #expect(try folder.names("/.precache/records") == [])
    }

    @Test func aLinkUnderTheNameIsAnError() async throws {
        let folder = try CacheFolder()
        let sample = try Sample()
        symlink("/etc/hostname", "\(folder.path)/\(sample.file)")
        let cache = try folder.open()
        let error = await #expect(throws: CacheError.self) { try await cache.lookup(sample.expected()) }
        #expect(error?.code == .io)
        #expect(error?.description.hasSuffix("is not a regular file") == true)
    }
}
