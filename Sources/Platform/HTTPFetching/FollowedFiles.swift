internal import Glibc
import Synchronization

/// What is read from files, and read again when they have changed; while they can't be used, what was read before stays.
package final class FollowedFiles<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        /// Of the files when they were last read.
        var stamps: [FileStamp?] = []
        var nextLook: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    private let paths: [String]
    private let interval: Duration
    private let read: @Sendable () throws -> Value
    private let onTrouble: @Sendable (any Error) -> Void

    /// - Parameters:
    ///   - paths: The files, which are small and local: they are read wherever they are needed.
    ///   - interval: How often they are looked at, at most.
    ///   - read: Reads them, and throws if they can't be used.
    ///   - onTrouble: Is told why changed ones can't be, once.
    package init(
        _ paths: [String],
        interval: Duration = .seconds(1),
        read: @escaping @Sendable () throws -> Value,
        onTrouble: @escaping @Sendable (any Error) -> Void
    ) {
        self.paths = paths
        self.interval = interval
        self.read = read
        self.onTrouble = onTrouble
    }

    /// What they have now; nil until they could be used.
    package var current: Value? {
        state.withLock { state in
            let now = ContinuousClock.now
            if let due = state.nextLook, now < due { return state.value }
            state.nextLook = now + interval
            guard stamps != state.stamps else { return state.value }
            // One that is being replaced may be half there: it is read again when it has changed again.
            do { try renew(&state) } catch { onTrouble(error) }
            return state.value
        }
    }

    /// Reads them, changed or not.
    package func reload() throws { try state.withLock { try renew(&$0) } }

    private var stamps: [FileStamp?] { paths.map(FileStamp.init(path:)) }

    private func renew(_ state: inout State) throws {
        // Before the reading: what changes meanwhile is seen next time.
        state.stamps = stamps
        state.value = try read()
    }
}

/// What tells that a file was replaced or rewritten.
struct FileStamp: Equatable, Sendable {
    private let device: UInt
    private let inode: UInt
    private let size: Int
    private let seconds: Int
    private let nanoseconds: Int

    /// The file's present stamp, or nil when there is none.
    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt(status.st_dev)
        inode = UInt(status.st_ino)
        size = Int(status.st_size)
        // Of the status change, which a write is too: a file that only became readable counts as changed.
        seconds = status.st_ctim.tv_sec
        nanoseconds = status.st_ctim.tv_nsec
    }

    /// The stamps of the files that a ``ClientTLS`` names.
    static func all(of tls: ClientTLS) -> [FileStamp?] {
        [tls.caFile, tls.certificateFile, tls.keyFile].map { $0.flatMap(FileStamp.init(path:)) }
    }
}
