internal import Glibc
internal import PrecacheModel

/// Keeps a second service away from the database: an exclusive `flock(2)` on a file beside it.
///
/// The kernel lets go of it when the process ends, however it ends. The file stays; it holds the owner's process id
/// for the error message of the one that comes second.
final class DatabaseLock: Sendable {
    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Takes the lock of the database at `path`; blocks for up to `timeout`.
    ///
    /// - Returns: The lock, or nil if another process (or another object in this one) has it.
    static func take(path: String, timeout: Duration) throws(StoreError) -> DatabaseLock? {
        let file = path + ".lock"
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw DatabaseFile.failure(errno, path: file, doing: "open the lock file")
        }
        let end = ContinuousClock.now + timeout
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            if code == EINTR { continue }
            guard code == EWOULDBLOCK else {
                close(descriptor)
                throw DatabaseFile.failure(code, path: file, doing: "lock")
            }
            guard ContinuousClock.now < end else {
                close(descriptor)
                return nil
            }
            usleep(20_000)
        }
        let lock = DatabaseLock(descriptor: descriptor)
        lock.writeOwner()
        return lock
    }

    /// The process id that the lock file names, if it does.
    static func owner(path: String) -> Int32? {
        let descriptor = open(path + ".lock", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return nil }
        return Int32(String(decoding: bytes[..<count].prefix { $0 >= 48 && $0 <= 57 }, as: UTF8.self))
    }

    /// Only helps people, so a full disk doesn't matter here.
    private func writeOwner() {
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0 else { return }
        _ = pwrite(descriptor, text, text.count, 0)
    }
}
