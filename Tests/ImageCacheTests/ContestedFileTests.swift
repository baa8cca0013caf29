import Glibc
import PrecacheModel
import Testing

@testable import ImageCache

/// Files that nova-compute may be about to remove, and locks that it removed.
@Suite struct ContestedFileTests {
    private func stored(by seconds: Int) async throws -> (CacheFolder, ImageCache, Sample) {
        let (folder, sample) = (try CacheFolder(), try Sample())
        let cache = try folder.openBesideNova()
        _ = try await sample.store(in: cache)
        cache.age(sample.id, by: seconds)
        return (folder, cache, sample)
    }

    private func isPresent(_ presence: CachePresence) -> Bool {
        if case .present = presence { true } else { false }
    }

    @Test func anOldFileIsRenewedUnderItsLockAlone() async throws {
        let (folder, cache, sample) = try await stored(by: 3 * 86_400)
        let before = try folder.modified(sample.file)
        var held = try await cache.tryLock(sample.id)
        #expect(held != nil)
        #expect(try await cache.lookup(sample.expected()) == .contested)
        #expect(try folder.modified(sample.file) == before)
        held = nil
        #expect(isPresent(try await cache.lookup(sample.expected())))
        #expect(try folder.modified(sample.file) > before)
    }

    @Test func whoHoldsTheLockIsNotRefusedByIt() async throws {
        let (folder, cache, sample) = try await stored(by: 3 * 86_400)
        defer { withExtendedLifetime(folder) {} }
        let held = try #require(try await cache.tryLock(sample.id))
        #expect(isPresent(try await cache.lookup(sample.expected(), under: held)))
    }

    @Test func aFileThatSomebodyJustRenewedIsThereWhoeverHoldsItsLock() async throws {
        // As Nova's Flat does: it renews a file, and holds the lock for the minutes that copying it takes.
        let (folder, cache, sample) = try await stored(by: 300)
        defer { withExtendedLifetime(folder) {} }
        let held = try await cache.tryLock(sample.id)
        #expect(isPresent(try await cache.lookup(sample.expected())))
        withExtendedLifetime(held) {}
    }

    @Test func aShortMinimumAgeOfNovasMakesFilesOldSooner() async throws {
        let (folder, sample) = (try CacheFolder(), try Sample())
        let cache = try folder.openBesideNova(minimumAge: .seconds(100))
        _ = try await sample.store(in: cache)
        cache.age(sample.id, by: 60)
        let held = try await cache.tryLock(sample.id)
        #expect(try await cache.lookup(sample.expected()) == .contested)
        withExtendedLifetime(held) {}
    }

    @Test func aLockThatLostItsFileTellsNothing() async throws {
        let (folder, cache, sample) = try await stored(by: 3 * 86_400)
        defer { withExtendedLifetime(folder) {} }
        let held = try #require(try await cache.tryLock(sample.id))
        unlink(cache.lockPath(of: sample.id))
        #expect(try await cache.lookup(sample.expected(), under: held) == .contested)
        #expect(try await cache.retake(held, sample.id) && held.hadGap)
        #expect(isPresent(try await cache.lookup(sample.expected(), under: held)))
    }

    @Test func aFileRemovedUnderTheLockIsAbsent() async throws {
        let (folder, cache, sample) = try await stored(by: 3 * 86_400)
        var held = try await cache.tryLock(sample.id)
        #expect(try await cache.lookup(sample.expected()) == .contested)
        unlink("\(folder.path)/\(sample.file)")
        #expect(held != nil)
        held = nil
        #expect(try await cache.lookup(sample.expected()) == .absent)
    }

    @Test func theSameBytesAreReplaceableWhoeverMadeThem() async throws {
        let (folder, sample) = (try CacheFolder(), try Sample())
        let cache = try folder.open()
        let staged = try await cache.begin(sample.expected(), room: Occupied())
        try await sample.feed(staged)
        try folder.write(sample.file, sample.bytes)
        #expect(try await staged.finish().isVerified)
        // A record of a file that went says nothing of the one that is there now.
        unlink("\(folder.path)/\(sample.file)")
        try folder.write(sample.file, Sample(seed: 9).bytes)
        let error = await #expect(throws: CacheError.self) {
            try await cache.begin(sample.expected(), room: Occupied())
        }
        #expect(error?.code == .inUse)
    }
}

/// Disks stand on every file.
private struct Occupied: RoomMaker {
    func makeRoom(bytes: Int64) async throws(CacheError) -> Int64 { 0 }

    func checkReplaceable(_ file: String) async throws(CacheError) {
        throw CacheError(.inUse, "disks stand on \(file)")
    }

    func evictableBytes() async -> Int64 { 0 }
}
