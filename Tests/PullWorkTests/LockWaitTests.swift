import Glibc
import ImageCache
import PrecacheModel
import TestSupport
import Testing

@testable import PullWork

/// Images that nova-compute has in hand.
@Suite(.timeLimit(.minutes(10))) struct LockWaitTests {
    private func rig(lockWait: Duration) throws -> PullRig {
        try PullRig(instances: TemporaryFolder()) { $0.lockWait = lockWait }
    }

    /// Gives the cached file a time three days ago.
    private func age(_ image: TestImage, in rig: PullRig) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let time = timespec(tv_sec: now.tv_sec - 3 * 86_400, tv_nsec: 0)
        utimensat(AT_FDCWD, "\(rig.folder.path)/\(image.file)", [time, time], 0)
    }

    @Test func anOldFileIsNotCalledThereWhileItsLockIsHeld() async throws {
        let rig = try rig(lockWait: .milliseconds(200))
        let image = try TestImage()
        let server = image.server()
        let wanted = try image.wanted(server.url())
        #expect(try await rig.outcome(wanted)?.outcome == .cached)
        age(image, in: rig)
        var held = try await rig.cache.tryLock(image.id)
        #expect(held != nil)
        let refused = try await rig.outcome(wanted, id: "second")
        #expect(refused?.reason == .agentTimeout)
        #expect(refused?.detail?.contains("fetching or removing") == true)
        held = nil
        #expect(try await rig.outcome(wanted, id: "third")?.outcome == .existing)
    }

    @Test func whatWasRemovedUnderTheLockIsFetched() async throws {
        let rig = try rig(lockWait: .seconds(30))
        let image = try TestImage()
        let server = image.server()
        let wanted = try image.wanted(server.url())
        #expect(try await rig.outcome(wanted)?.outcome == .cached)
        age(image, in: rig)
        var held = try await rig.cache.tryLock(image.id)
        async let outcome = rig.outcome(wanted, id: "second")
        try await Task.sleep(for: .milliseconds(100))
        unlink("\(rig.folder.path)/\(image.file)")
        #expect(held != nil)
        held = nil
        #expect(try await outcome?.outcome == .cached)
    }

    @Test func whoseLockWentFindsWhatSomebodyElseBrought() async throws {
        let rig = try rig(lockWait: .seconds(30))
        let image = try TestImage()
        let (release, reached) = (Latch(), Latch())
        let server = StepServer { [bytes = image.bytes] _ in
            [
                .text(StepServer.head("200 OK", ["Content-Length: \(bytes.count)"])), .tell(reached),
                .wait(release), .bytes(bytes),
            ]
        }
        let wanted = try image.wanted(server.url())
        async let outcome = rig.outcome(wanted)
        await reached.opened()
        // Nova removes the lock's file, a boot makes another, and brings the image.
        let path = rig.cache.lockPath(of: image.id)
        var boot: FetchLock?
        repeat {
            unlink(path)
            boot = try await rig.cache.tryLock(image.id)
        } while boot == nil
        let file = open("\(rig.folder.path)/\(image.file)", O_CREAT | O_WRONLY, 0o644)
        #expect(image.bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) } == image.bytes.count)
        var made = stat()
        fstat(file, &made)
        close(file)
        release.open()
        boot = nil
        #expect(try await outcome?.outcome == .existing)
        var there = stat()
        stat("\(rig.folder.path)/\(image.file)", &there)
        #expect(there.st_ino == made.st_ino)
        #expect(rig.folder.names("/.precache/staging") == [])
    }
}
