import ImageConversion
import PrecacheModel
import Synchronization
import TestSupport
import Testing

@testable import ImageCache

@Suite struct SpaceTests {
    private func cache(_ folder: CacheFolder, maxBytes: Int64) throws -> ImageCache {
        try ImageCache(CacheConfiguration(directory: folder.path, maxBytes: maxBytes, blockBytes: 4_096))
    }

    private func refusal(_ body: () async throws -> Void) async -> CacheError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? CacheError
        }
    }

    @Test func whatIsPromisedToOneIsNotPromisedToAnother() async throws {
        let folder = try CacheFolder()
        let cache = try cache(folder, maxBytes: 30_000)
        let (first, second) = (try Sample("first"), try Sample("second"))
        let staged = try await cache.begin(first.expected())
        let error = await refusal { _ = try await cache.begin(second.expected()) }
        #expect(error?.code == .noSpace)
        let text = error?.description ?? ""
        #expect(text.hasPrefix("20000 more bytes needed in \(folder.path): "), "\(text)")
        #expect(text.contains("evictable (19.5 KiB more needed, "), "\(text)")
        #expect(text.contains("to be kept free (cache.minimum_free_bytes)"), "\(text)")
        #expect(
            text.contains("of at most 30000 taken by the cache (cache.max_bytes), 0 evictable"),
            "\(text)"
        )
        #expect(try folder.names("/.precache/staging").allSatisfy { $0.hasPrefix(first.file) })
        await staged.discard()
        #expect(try await second.store(in: cache).sizeBytes == 20_000)
        #expect(cache.reservedBytes == 0)
    }

    @Test func tenAtOnceDoNotTakeTheSameLastBytes() async throws {
        let folder = try CacheFolder()
        let cache = try cache(folder, maxBytes: 95_000)
        let samples = try (0..<10).map { try Sample("image-\($0)") }
        let stored = await withTaskGroup(of: Bool.self) { group in
            for sample in samples { group.addTask { (try? await sample.store(in: cache)) != nil } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(stored == 4)
        #expect(try folder.names("/.precache/staging").isEmpty)
        #expect(cache.reservedBytes == 0)
    }

    @Test func roomIsMadeAndWhatItFreesIsUsed() async throws {
        let folder = try CacheFolder()
        let cache = try cache(folder, maxBytes: 30_000)
        let (old, new) = (try Sample("old"), try Sample("new"))
        _ = try await old.store(in: cache)
        let maker = FakeRoomMaker { try? await cache.remove(old.id) }
        let staged = try await cache.begin(new.expected(), room: maker)
        try await new.feed(staged)
        #expect(try await staged.finish().sizeBytes == 20_000)
        let asked = maker.asked.withLock { $0 }
        #expect(asked.count == 1 && asked[0] >= 10_000 && asked[0] < 20_480, "\(asked)")
    }

    @Test func whereNothingMayGoTheRefusalSaysSo() async throws {
        let folder = try CacheFolder()
        let cache = try cache(folder, maxBytes: 10_000)
        let maker = FakeRoomMaker(frees: 0, evictable: 9_999) {}
        let error = await refusal { _ = try await cache.begin(Sample().expected(), room: maker) }
        #expect(error?.code == .noSpace && error?.description.contains(", 9999 evictable (") == true)
        #expect(maker.asked.withLock { $0.isEmpty }, "nothing is evicted in vain")
        // What could go may be in use by the time that it's asked to.
        let slow = FakeRoomMaker(frees: 0, evictable: 10_000) {}
        let sample = try Sample()
        let staged = try await cache.begin(sample.expected(), room: slow)
        #expect(slow.asked.withLock { $0.isEmpty }, "nothing is evicted for bytes that haven't come")
        let other = await refusal { try await sample.feed(staged) }
        #expect(other?.code == .noSpace)
        #expect(slow.asked.withLock { $0 } == [10_000])
    }

    @Test func aDownloadOfUnknownSizeIsBoundedAsItsBytesCome() async throws {
        let folder = try CacheFolder()
        let cache = try cache(folder, maxBytes: 60_000)
        let (fits, other) = (try Sample("fits", count: 40_000), try Sample("endless", count: 90_000))
        #expect(try await fits.store(in: cache, fits.expected(size: false)).sizeBytes == 40_000)
        try await cache.remove(fits.id)
        let error = await refusal { _ = try await other.store(in: cache, other.expected(size: false)) }
        #expect(error?.code == .noSpace)
        #expect(try folder.names("/.precache/staging").isEmpty)
        #expect(cache.reservedBytes == 0)
    }

    /// A thin image of 256 MiB with a mebibyte in it, in a cache that may take sixteen.
    @Test(arguments: [(ConversionReserve.virtual, false), (.allocated, true)])
    func theRoomForADiskIsByTheRuleThatIsSet(_ reserve: ConversionReserve, _ fits: Bool) async throws {
        let (folder, made) = (try CacheFolder(), TemporaryFolder())
        let path = "\(made.path)/thin"
        try ChildProcess.run(["qemu-img", "create", "-q", "-f", "qcow2", path, "256M"])
        try ChildProcess.run(["qemu-io", "-f", "qcow2", "-c", "write -P 5 100M 1M", path])
        let configuration = CacheConfiguration(
            directory: folder.path,
            converter: ImageConverter(),
            reserve: reserve,
            maxBytes: 16 << 20
        )
        let cache = try ImageCache(configuration)
        let bytes = made.read("thin")
        let expected = ExpectedImage(
            id: try ImageID("thin"),
            sizeBytes: Int64(bytes.count),
            digest: nil,
            allowsUnverified: true,
            diskFormat: .qcow2
        )
        let staged = try await cache.begin(expected)
        try await staged.append(bytes)
        let error = await refusal {
            let image = try await staged.finish()
            #expect(image.sizeBytes == 256 << 20)
        }
        #expect(cache.reservedBytes == 0)
        guard !fits else {
            #expect(error == nil)
            return
        }
        #expect(error?.code == .noSpace)
        let words =
            "the disk that the image stands for has 268435456 bytes, of which 268435456 are set aside "
            + "(cache.reserve = \"virtual\"); "
        #expect(error?.description.hasPrefix(words) == true, "\(error?.description ?? "")")
    }

    /// A stream without end asks for room step by step, and each step looks small.
    @Test(arguments: [0, 30_000] as [Int64])
    func whatNobodyForetoldCostsOthersNoMoreThanIsAllowed(bound: Int64) async throws {
        let folder = try CacheFolder()
        var configuration = CacheConfiguration(directory: folder.path, maxBytes: 100_000, blockBytes: 4_096)
        configuration.unknownSizeEvicts = bound
        let cache = try ImageCache(configuration)
        let good = try (0..<4).map { try Sample("good-\($0)") }
        for sample in good { _ = try await sample.store(in: cache) }
        let next = Atomic(0)
        let maker = FakeRoomMaker {
            let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
            if index < good.count { try? await cache.remove(good[index].id) }
        }
        let endless = try Sample("endless", count: 200_000)
        let staged = try await cache.begin(endless.expected(size: false), room: maker)
        let error = await refusal { try await endless.feed(staged) }
        #expect(error?.code == .noSpace)
        #expect(error?.description.contains("at most \(bound) bytes of other images") == true)
        // Each frees 20,480 bytes. Whether the second one goes depends on how far the disk is behind.
        let evicted = next.load(ordering: .relaxed)
        #expect(bound == 0 ? evicted == 0 : (1...2).contains(evicted))
        #expect(try folder.names("/.precache/staging").isEmpty)
    }

    @Test func aSizeThatOnlyTheSourceTellsEvictsNoMoreThanIsAllowed() async throws {
        let folder = try CacheFolder()
        let cache = try cache(folder, maxBytes: 30_000)
        let (old, new) = (try Sample("old"), try Sample("new"))
        _ = try await old.store(in: cache)
        let maker = FakeRoomMaker { try? await cache.remove(old.id) }
        let staged = try await cache.begin(new.expected(size: false), room: maker)
        let error = await refusal { try await staged.reserve(upTo: 20_000) }
        #expect(error?.code == .noSpace)
        #expect(error?.description.contains("downloads.unknown_size_evicts_bytes") == true)
        #expect(maker.asked.withLock { $0.isEmpty })
    }

    @Test func whatHasToStayFreeIsNotTouched() async throws {
        let folder = try CacheFolder()
        let configuration = CacheConfiguration(directory: folder.path, minimumFreeBytes: .max / 4)
        let cache = try ImageCache(configuration)
        let error = await refusal { _ = try await cache.begin(Sample().expected()) }
        #expect(error?.code == .noSpace)
    }
}

/// Answers as if it had freed so much, after doing what the test wants.
private final class FakeRoomMaker: RoomMaker {
    func checkReplaceable(_ file: String) async throws(CacheError) {}

    let asked = Mutex<[Int64]>([])
    private let frees: Int64
    private let evictable: Int64
    private let evict: @Sendable () async -> Void

    init(
        frees: Int64 = 20_480,
        evictable: Int64 = 20_480,
        _ evict: @escaping @Sendable () async -> Void
    ) {
        self.frees = frees
        self.evictable = evictable
        self.evict = evict
    }

    func makeRoom(bytes: Int64) async throws(CacheError) -> Int64 {
        asked.withLock { $0.append(bytes) }
        await evict()
        return frees
    }

    func evictableBytes() async -> Int64 { evictable }
}
