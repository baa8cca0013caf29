internal import Glibc
internal import PrecacheModel
internal import Synchronization

/// Keeps a second service away from the database, and knows whether its files are where they were opened.
///
/// There are two locks. `flock(2)` on a file beside the database keeps others from the path; the file stays, and holds the
/// owner's process id for the error message of the one that comes second. The other is on the database's inode, for
/// whoever comes by another path (a link, a file that was moved). The kernel lets go of both when the process ends,
/// however it ends.
final class DatabaseLock: Sendable {
    /// What a path led to.
    private struct Identity: Equatable {
        let device: dev_t
        let inode: ino_t

        /// What the path leads to now; nil for nothing.
        init?(path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            (device, inode) = (status.st_dev, status.st_ino)
        }

        init?(descriptor: Int32) {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { return nil }
            (device, inode) = (status.st_dev, status.st_ino)
        }
    }

    private struct State {
        /// Closed at the end: closing the database's would drop SQLite's own locks (fcntl(2), "Advisory record locking").
        var descriptors: [Int32]
        var lockFile: Identity?
        /// The database's files by what their names end in, from when they were first seen.
        var files: [String: Identity] = [:]
        /// What the last look came to.
        var trouble: StoreError?
    }

    private let path: String
    private let state: Mutex<State>

    private init(path: String, descriptor: Int32) {
        self.path = path
        state = Mutex(State(descriptors: [descriptor], lockFile: Identity(descriptor: descriptor)))
    }

    deinit { release() }

    /// Lets go of both locks, after SQLite has closed its files; no look at the files says anything from then on.
    func release() {
        state.withLock { state in
            for descriptor in state.descriptors { close(descriptor) }
            state = State(descriptors: [])
        }
    }

    /// Takes the lock of the path; blocks for up to `timeout`.
    ///
    /// - Returns: The lock, or nil if another process (or another object in this one) has it.
    static func take(path: String, timeout: Duration) throws(StoreError) -> DatabaseLock? {
        guard let descriptor = try lockFile(path, timeout: timeout) else { return nil }
        return DatabaseLock(path: path, descriptor: descriptor)
    }

    private static func lockFile(_ path: String, timeout: Duration) throws(StoreError) -> Int32? {
        let file = path + ".lock"
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw DatabaseFile.failure(errno, path: file, doing: "open the lock file")
        }
        let call = { flock(descriptor, LOCK_EX | LOCK_NB) }
        guard try take(file, descriptor, timeout, call) else { return nil }
        writeOwner(descriptor)
        return descriptor
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
    private static func writeOwner(_ descriptor: Int32) {
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0 else { return }
        _ = pwrite(descriptor, text, text.count, 0)
    }

    /// Takes the lock of the database's own file, which must be there; before SQLite opens it.
    ///
    /// Blocks for up to `timeout`.
    ///
    /// - Returns: Whether nobody has it open under another name.
    func takeFile(timeout: Duration) throws(StoreError) -> Bool {
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw DatabaseFile.failure(errno, path: path, doing: "open") }
        // F_OFD_SETLK, which Glibc's module lacks, on a byte that is far from those that SQLite locks.
        var lock = flock()
        lock.l_type = Int16(F_WRLCK)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_start = 1 << 60
        lock.l_len = 1
        guard try Self.take(path, descriptor, timeout, { fcntl(descriptor, 37, &lock) }) else { return false }
        state.withLock { state in
            state.descriptors.append(descriptor)
            state.files[""] = Identity(descriptor: descriptor)
        }
        return true
    }

    /// Calls until the lock is had or the time is up; without it the descriptor is closed.
    ///
    /// A lock that was let go of may be held a moment longer, by a child of its owner that has yet to begin its program.
    private static func take(
        _ file: String,
        _ descriptor: Int32,
        _ timeout: Duration,
        _ call: () -> Int32
    ) throws(StoreError) -> Bool {
        let end = ContinuousClock.now + timeout
        while call() != 0 {
            let code = errno
            if code == EINTR { continue }
            // EACCES is another word of fcntl(2) for a lock that somebody has.
            let isHeld = code == EWOULDBLOCK || code == EACCES
            if isHeld, ContinuousClock.now < end {
                usleep(20_000)
                continue
            }
            close(descriptor)
            guard isHeld else { throw DatabaseFile.failure(code, path: file, doing: "lock") }
            return false
        }
        return true
    }

    /// Checks that the database's files are still where they were opened: what is written to a file that was moved away or
    /// replaced would be gone at the next start.
    ///
    /// A path that the lock has gone from is locked again, so that no second service starts on it. Blocks no longer than
    /// a few stat(2).
    ///
    /// Throws `moved`.
    func checkPlace() throws(StoreError) {
        try state.withLock { state throws(StoreError) in
            guard !state.descriptors.isEmpty else { return }
            if state.lockFile != Identity(path: path + ".lock"),
                let descriptor = try? Self.lockFile(path, timeout: .zero)
            {
                state.descriptors.append(descriptor)
                state.lockFile = Identity(descriptor: descriptor)
            }
            state.trouble = nil
            // The log and its index are there once something has been written, and stay as long as the database is open.
            for suffix in ["", "-wal", "-shm"] {
                let present = Identity(path: path + suffix)
                if let known = state.files[suffix], present != known { state.trouble = moved(path + suffix) }
                state.files[suffix] = state.files[suffix] ?? present
            }
            if let trouble = state.trouble { throw trouble }
        }
    }

    /// Throws what the last look came to: a read could come from another file than the last one did.
    func recallPlace() throws(StoreError) {
        if let trouble = state.withLock({ $0.trouble }) { throw trouble }
    }

    private func moved(_ file: String) -> StoreError {
        StoreError(
            .moved,
            message:
                "'\(file)' is not the file any more that precached has open: it was moved away or replaced, and what is "
                + "written now would be lost; put it back, or restart precached to go on with what is there now"
        )
    }
}
