import PrecacheModel
import Testing

@testable import ImageCache

@Suite struct PinTests {
    private let day: Int64 = 86_400_000_000

    private func found(_ presence: CachePresence) -> CachedImage? {
        guard case .present(let image, _) = presence else { return nil }
        return image
    }

    @Test func aFetchedImageIsPinnedFromItsFinishOn() async throws {
        let folder = try CacheFolder()
        let sample = try Sample()
        let before = ImageCache.now()
        let staged = try await folder.open().begin(sample.expected())
        try await sample.feed(staged)
        let pin = try #require(try await staged.finish(keep: .seconds(3_600)).pin)
        #expect(pin.untilMicroseconds >= before + 3_600_000_000)
        #expect(pin.holds(at: pin.untilMicroseconds - 1) && !pin.holds(at: pin.untilMicroseconds))
    }

    @Test func aRestartKeepsThePin() async throws {
        let folder = try CacheFolder()
        let sample = try Sample()
        do {
            let cache = try folder.open()
            _ = try await sample.store(in: cache)
            try await cache.pin(sample.id, for: .seconds(50))
        }
        let pin = try await folder.open().images().first?.pin
        #expect(pin.map { $0.untilMicroseconds - $0.sinceMicroseconds } == 50_000_000)
    }

    @Test func anExistingImageIsPinnedLongerButNeverShorter() async throws {
        let folder = try CacheFolder()
        let sample = try Sample()
        let cache = try folder.open()
        #expect(try await sample.store(in: cache).pin == nil)
        let first = try #require(found(try await cache.lookup(sample.expected(), keep: .seconds(1_000)))?.pin)
        #expect(found(try await cache.lookup(sample.expected(), keep: .seconds(10)))?.pin == first)
        #expect(found(try await cache.lookup(sample.expected()))?.pin == first)
        try await cache.pin(sample.id, for: .seconds(20))
        #expect(try await cache.images().first?.pin == first)
        let longer = found(try await cache.lookup(sample.expected(), keep: .seconds(2_000)))?.pin
        #expect((longer?.untilMicroseconds ?? 0) >= first.untilMicroseconds + 999_000_000)
    }

    @Test func aFileOfNovasIsPinnedToo() async throws {
        let folder = try CacheFolder()
        let sample = try Sample()
        try folder.write(sample.file, sample.bytes)
        let cache = try folder.open()
        #expect(found(try await cache.lookup(sample.expected(), keep: .seconds(60)))?.pin != nil)
    }

    @Test func newContentUnderTheSameIdKeepsThePromise() async throws {
        let folder = try CacheFolder()
        let (old, new) = (try Sample(seed: 1), try Sample(seed: 2))
        let cache = try folder.open()
        _ = try await old.store(in: cache)
        try await cache.pin(old.id, for: .seconds(500))
        let pin = try await cache.images().first?.pin
        #expect(try await new.store(in: cache).pin == pin)
    }

    @Test func aClockSetBackLeavesThePromisedLengthAndNoMore() throws {
        let pin = ImagePin(from: 100 * day, for: .seconds(7 * 86_400))
        #expect(pin.corrected(at: 101 * day) == pin)
        let corrected = pin.corrected(at: 10 * day)
        #expect(corrected.sinceMicroseconds == 10 * day && corrected.untilMicroseconds == 17 * day)
    }

    @Test func openingTheCacheCorrectsAPinFromTheFuture() async throws {
        let folder = try CacheFolder()
        let sample = try Sample()
        do {
            let cache = try folder.open()
            _ = try await sample.store(in: cache)
            var record = try #require(cache.state[sample.id])
            let future = ImageCache.now() + 20_000 * day
            record.image.pin = ImagePin(from: future, for: .seconds(60))
            try RecordShelf(layout: cache.layout).save(record)
        }
        let pin = try #require(try await folder.open().images().first?.pin)
        #expect(pin.untilMicroseconds <= ImageCache.now() + 60_000_000)
        // It's written down, too: the clock goes on, and the pin ends.
        #expect(try await folder.open().images().first?.pin == pin)
    }

    @Test func noRecordSaysMoreThanAYear() {
        let year: Int64 = 365 * day
        #expect(ImagePin(since: 5, until: .max).untilMicroseconds == 5 + year)
        #expect(ImagePin(from: 5, for: .seconds(.max / 2)).untilMicroseconds == 5 + year)
        #expect(ImagePin(since: .max, until: .max).corrected(at: 7).untilMicroseconds == 7)
        #expect(ImagePin(since: .max, until: .min).corrected(at: 7).holds(at: 7) == false)
    }
}
