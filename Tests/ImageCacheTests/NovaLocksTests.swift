import Glibc
import PrecacheModel
import Testing

@testable import ImageCache

@Suite struct NovaLocksTests {
    private let name = "9e881789030568a317fad9daae82c5b1c65e0d4a"

    private func instances() throws -> (CacheFolder, NovaLocks) {
        let folder = try CacheFolder()
        return (folder, NovaLocks(instances: folder.path, host: "host"))
    }

    @Test func oneHolderAtATimeAndTheFileStays() throws {
        let (folder, locks) = try instances()
        try locks.check()
        var first = try locks.tryLock(name)
        #expect(first != nil)
        #expect(try locks.tryLock(name) == nil)
        #expect(try locks.tryLock("another") != nil)
        first = nil
        #expect(try locks.tryLock(name) != nil)
        #expect(try folder.names("/locks") == ["nova-\(name)", "nova-another"])
        withExtendedLifetime(first) {}
    }

    @Test func closingTheFileElsewhereInTheProgramKeepsTheLock() throws {
        let (folder, locks) = try instances()
        let held = try #require(try locks.tryLock(name))
        close(open("\(folder.path)/locks/nova-\(name)", O_RDWR | O_CLOEXEC))
        #expect(try locks.tryLock(name) == nil)
        withExtendedLifetime(held) {}
    }

    @Test func aLockOnAFileThatNovaRemovedIsTakenAnew() throws {
        let (folder, locks) = try instances()
        let stale = try #require(try locks.tryLock(name))
        unlink("\(folder.path)/locks/nova-\(name)")
        let fresh = try #require(try locks.tryLock(name))
        #expect(try locks.tryLock(name) == nil)
        withExtendedLifetime((stale, fresh)) {}
    }

    @Test func aLockWhoseFileWentAfterItWasTakenIsTakenAgain() throws {
        let (folder, locks) = try instances()
        let held = try #require(try locks.tryLock(name))
        #expect(try locks.retake(held, name) && !held.hadGap)
        unlink("\(folder.path)/locks/nova-\(name)")
        #expect(try !locks.isCurrent(held, name))
        #expect(try locks.retake(held, name) && held.hadGap)
        #expect(try locks.isCurrent(held, name) && locks.tryLock(name) == nil)
        // Somebody else was faster.
        unlink("\(folder.path)/locks/nova-\(name)")
        var other = try locks.tryLock(name)
        #expect(try other != nil && !locks.retake(held, name))
        other = nil
        #expect(try locks.retake(held, name))
        withExtendedLifetime(held) {}
    }

    @Test(arguments: ["symlink", "fifo", "directory"]) func whatIsPlantedIsRefused(kind: String) throws {
        let (folder, locks) = try instances()
        try locks.check()
        try folder.write("victim", [1, 2, 3])
        let path = "\(folder.path)/locks/nova-\(name)"
        switch kind {
        case "symlink": symlink("\(folder.path)/victim", path)
        case "fifo": mkfifo(path, 0o600)
        default: mkdir(path, 0o700)
        }
        let error = #expect(throws: CacheError.self) { try locks.tryLock(name) }
        if kind == "symlink" {
            #expect(error?.description.contains("nova-compute's lock of the image can't be taken") == true)
        }
        #expect(try folder.read("victim") == [1, 2, 3])
    }

    @Test func aSymbolicLinkInPlaceOfTheFolderIsRefused() throws {
        let (folder, locks) = try instances()
        let elsewhere = try CacheFolder()
        symlink(elsewhere.path, "\(folder.path)/locks")
        let error = #expect(throws: CacheError.self) { try locks.check() }
        #expect(error?.description.contains("instances.directory \(folder.path)") == true)
        #expect(try elsewhere.names().isEmpty)
    }

    @Test(.enabled(if: geteuid() == 0)) func filesBelongToWhomTheFolderBelongsTo() throws {
        let (folder, locks) = try instances()
        chown(folder.path, 4_242, 4_343)
        let held = try #require(try locks.tryLock(name))
        let locksFolder = try Directory(path: "\(folder.path)/locks")
        let owner = FileOwner(user: 4_242, group: 4_343)
        #expect(try locksFolder.status(of: ".")?.owner == owner)
        #expect(try locksFolder.status(of: "nova-\(name)")?.owner == owner)
        withExtendedLifetime(held) {}
        #expect(try folder.names("/locks") == ["nova-\(name)"])
    }
}
