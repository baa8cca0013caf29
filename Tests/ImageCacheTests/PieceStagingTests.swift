import PrecacheModel
import TestSupport
import Testing

@testable import ImageCache

@Suite struct PieceStagingTests {
    /// The bytes of an image in pieces of 4,096, by number.
    private func piece(_ sample: Sample, _ number: Int) -> [UInt8] {
        Array(sample.bytes[number * 4_096..<min(sample.bytes.count, (number + 1) * 4_096)])
    }

    private func write(
        _ sample: Sample,
        _ numbers: [Int],
        _ file: PieceFile
    ) async throws(CacheError) {
        for number in numbers { try await file.write(piece(sample, number), at: Int64(number) * 4_096) }
    }

    @Test func bytesOutOfOrderBecomeACheckedFile() async throws {
        let folder = try CacheFolder()
        let cache = try ImageCache(CacheConfiguration(directory: folder.path))
        let sample = try Sample()
        let staged = try await cache.begin(sample.expected())
        let file = try await staged.beginPieces()
        try await write(sample, [4, 0, 1], file)
        try await staged.advance(to: 8_192)
        try await write(sample, [3, 2], file)
        #expect(try await file.read(12_288..<16_384) == piece(sample, 3), "others may read it meanwhile")
        try await staged.advance(to: 20_000)
        let image = try await staged.finish()
        #expect(image.isVerified && image.sizeBytes == 20_000)
        #expect(try folder.read(sample.file) == sample.bytes)
        #expect(try await file.read(0..<4_096) == piece(sample, 0), "under its new name, too")
        #expect(cache.reservedBytes == 0)
    }

    @Test func aWrongPieceIsFoundAtTheEnd() async throws {
        let folder = try CacheFolder()
        let cache = try ImageCache(CacheConfiguration(directory: folder.path))
        let sample = try Sample()
        let staged = try await cache.begin(sample.expected())
        let file = try await staged.beginPieces()
        try await write(sample, [0, 1, 3, 4], file)
        try await staged.advance(to: 20_000)
        let error = await #expect(throws: CacheError.self) { try await staged.finish() }
        #expect(error?.code == .checksumMismatch)
        #expect(try folder.names("/.precache/staging").isEmpty)
    }

    /// What lies behind the first missing piece is not taken for bytes of the image: not after a stop, nor after a crash.
    @Test(arguments: [true, false])
    func onlyWhatIsWholeIsGoneOnWith(isStopped: Bool) async throws {
        let folder = try CacheFolder()
        let configuration = CacheConfiguration(directory: folder.path)
        let sample = try Sample()
        do {
            let cache = try ImageCache(configuration)
            let staged = try await cache.begin(sample.expected())
            let file = try await staged.beginPieces()
            try await write(sample, [0, 1, 4], file)
            try await staged.advance(to: 8_192)
            if isStopped { await staged.keepPieces() }
        }
        let cache = try ImageCache(configuration)
        let staged = try await cache.begin(sample.expected())
        #expect(staged.resumedBytes == (isStopped ? 8_192 : 0), "a crash costs what came since the last note")
        try await staged.append(Array(sample.bytes[Int(staged.length)...]))
        #expect(try await staged.finish().isVerified)
    }

    @Test func theRoomIsSetAsideFirst() async throws {
        let folder = try CacheFolder()
        let cache = try ImageCache(CacheConfiguration(directory: folder.path, maxBytes: 30_000))
        let (first, second) = (try Sample("first"), try Sample("second"))
        let staged = try await cache.begin(first.expected())
        _ = try await staged.beginPieces()
        let error = await #expect(throws: CacheError.self) { try await cache.begin(second.expected()) }
        #expect(error?.code == .noSpace)
        await staged.keepPieces()
        #expect(cache.reservedBytes == 0)
    }
}

extension StagedImage {
    fileprivate func advance(to end: Int64) async throws {
        try await digesting(upTo: end)()
        advanced(to: end)
    }
}
