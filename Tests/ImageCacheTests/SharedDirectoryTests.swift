import Glibc
import Logging
import PrecacheModel
import Synchronization
import Telemetry
import Testing

@testable import ImageCache

/// Agents of several hosts on one directory, as on NFS.
@Suite(.timeLimit(.minutes(10))) struct SharedDirectoryTests {
    private func open(_ host: String, in folder: CacheFolder) throws -> ImageCache {
        try ImageCache(CacheConfiguration(directory: folder.path, host: host, blockBytes: 4_096))
    }

    private func upkeep(
        _ cache: ImageCache,
        _ configuration: UpkeepConfiguration = UpkeepConfiguration()
    ) throws -> CacheUpkeep {
        try CacheUpkeep(
            cache: cache,
            configuration: configuration,
            metrics: UpkeepMetrics(MetricsRegistry()),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    private func found(_ presence: CachePresence) -> (image: CachedImage, note: String?)? {
        guard case .present(let image, let note) = presence else { return nil }
        return (image, note)
    }

    @Test func eachHostHasOneAgent() throws {
        let folder = try CacheFolder()
        let (one, two) = (try open("one", in: folder), try open("two", in: folder))
        let error = #expect(throws: CacheError.self) { try open("one", in: folder) }
        #expect(error?.code == .locked && error?.description.contains("lock.one") == true)
        withExtendedLifetime((one, two)) {}
    }

    @Test func anAgentThatDoesNotShareIsNotJoined() throws {
        let folder = try CacheFolder()
        do { _ = try open("one", in: folder) }
        let old = try #require(try Directory(path: "\(folder.path)/.precache").openExisting("lock"))
        // It is let go of at once, but a program that another test starts holds it until it runs.
        var isFree = false
        for _ in 0..<6_000 where !isFree {
            isFree = flock(old.descriptor, LOCK_EX | LOCK_NB) == 0
            if !isFree { usleep(5_000) }
        }
        #expect(isFree)
        let error = #expect(throws: CacheError.self) { try open("one", in: folder) }
        #expect(error?.code == .locked)
        withExtendedLifetime(old) {}
    }

    @Test func whatOneStoredTheOtherFindsVerified() async throws {
        let folder = try CacheFolder()
        let (one, two) = (try open("one", in: folder), try open("two", in: folder))
        let sample = try Sample()
        _ = try await sample.store(in: one)
        let there = try #require(found(try await two.lookup(sample.expected(), keep: .seconds(900))))
        #expect(there.image.isVerified && there.note == nil)
        #expect(try await two.images().map(\.isVerified) == [true])
        // The other's renewal and pin are no change of the file.
        let again = try #require(found(try await one.lookup(sample.expected())))
        #expect(again.image.isVerified && again.note == nil && again.image.pin == there.image.pin)
    }

    @Test func aSweepOfOneIsNoChangeForTheOther() async throws {
        let folder = try CacheFolder()
        let (one, two) = (try open("one", in: folder), try open("two", in: folder))
        let sample = try Sample()
        _ = try await sample.store(in: one)
        try await one.pin(sample.id, for: .seconds(900))
        _ = try await two.images()
        #expect(try await upkeep(one).sweep().renewed == 1)
        #expect(try await two.images().map(\.isVerified) == [true])
        #expect(try #require(found(try await two.lookup(sample.expected()))).note == nil)
    }

    @Test func whatOnePinnedTheOtherNeverEvicts() async throws {
        let folder = try CacheFolder()
        let (one, two) = (try open("one", in: folder), try open("two", in: folder))
        let sample = try Sample()
        _ = try await sample.store(in: two)
        let sweeper = try upkeep(two, UpkeepRig.atOnce)
        try await one.pin(sample.id, for: .seconds(900))
        #expect(await sweeper.sweep().removed == 0)
        #expect(try await sweeper.makeRoom(bytes: 1) == 0)
        #expect(try folder.names().contains(sample.file))
    }

    @Test func whatOneRemovedTheOtherKnowsToBeGone() async throws {
        let folder = try CacheFolder()
        let (one, two) = (try open("one", in: folder), try open("two", in: folder))
        let sample = try Sample()
        _ = try await sample.store(in: one)
        try await two.pin(sample.id, for: .seconds(900))
        #expect(try await two.lookup(sample.expected()) != .absent)
        try await upkeep(one).remove(sample.id)
        #expect(try await two.images().isEmpty)
        let page = try await upkeep(two).page(after: nil, limit: 10)
        #expect(page.removals.map(\.reason) == [.asked])
        // Nobody broke a promise: it was taken back.
        #expect(try await two.lookup(sample.expected()) == .absent)
        #expect(two.state.takeLost().isEmpty && two.state[sample.id] == nil)
    }

    @Test func aStartLeavesTheDownloadsOfOthersAlone() async throws {
        let folder = try CacheFolder()
        let one = try open("one", in: folder)
        let sample = try Sample()
        let staged = try await one.begin(sample.expected())
        try await sample.feed(staged, upTo: 12_000)
        folder.setModified(".precache/staging/\(sample.file).part", secondsSince1970: 1_000_000_000)
        let two = try open("two", in: folder)
        let error = await #expect(throws: CacheError.self) { try await two.begin(sample.expected()) }
        #expect(error?.code == .busy)
        await #expect(throws: CacheError.self) { try await two.remove(sample.id) }
        try await sample.feed(staged)
        #expect(try await staged.finish().isVerified)
    }

    @Test func whatOneLeftTheOtherGoesOnWith() async throws {
        let folder = try CacheFolder()
        let (one, two) = (try open("one", in: folder), try open("two", in: folder))
        let sample = try Sample()
        let staged = try await one.begin(sample.expected())
        try await sample.feed(staged, upTo: 12_000)
        await staged.keep()
        let next = try await two.begin(sample.expected())
        #expect(next.resumedBytes == 12_000)
        try await sample.feed(next)
        #expect(try await next.finish().isVerified)
        #expect(found(try await one.lookup(sample.expected())) != nil)
    }

    @Test func anImagesLockKeepsTheOtherHostOff() async throws {
        let folder = try CacheFolder()
        let (one, two) = (try open("one", in: folder), try open("two", in: folder))
        let id = try ImageID("ubuntu")
        var held = try await one.tryLock(id)
        #expect(held != nil)
        #expect(try await two.tryLock(id) == nil)
        held = nil
        #expect(try await two.tryLock(id) != nil)
    }

    @Test func oneChangesRecordsAtATime() async throws {
        let folder = try CacheFolder()
        let layouts = try ["one", "two", "two"].map { try CacheLayout(directory: folder.path, host: $0) }
        let crowd = Crowd()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for layout in layouts {
                group.addTask {
                    for _ in 0..<20 {
                        try layout.exclusively { () throws(CacheError) in
                            crowd.enter()
                            usleep(200)
                            crowd.leave()
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(crowd.most == 1)
    }
}

/// How many are somewhere at once.
private final class Crowd: Sendable {
    private let count = Mutex((inside: 0, most: 0))

    var most: Int { count.withLock { $0.most } }

    func enter() { count.withLock { $0 = ($0.inside + 1, max($0.most, $0.inside + 1)) } }

    func leave() { count.withLock { $0.inside -= 1 } }
}
