import PrecacheModel
import Testing

@testable import ImageCache

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
