import Glibc
package import PrecacheModel
import Synchronization

/// The lock files that nova-compute holds while it fetches an image: `<instances>/locks/nova-<name of the file>`.
///
/// Nova takes an exclusive `fcntl` record lock over the whole file, through oslo.concurrency and fasteners
/// (`nova/virt/libvirt/imagebackend.py`, `Image.cache`). We take an open file description lock, which keeps Nova's off and
/// is kept off by it, but isn't lost when some other part of the program closes the same file (fcntl(2)). The kernel
/// drops it with the descriptor, so a killed agent leaves none.
///
/// The folder is opened anew each time, since it may be replaced under a running agent, and never through a symbolic
/// link below the instances directory. A lock file stays when the lock is let go of, as Nova leaves it.
///
/// Nova's cache manager removes the lock file with an old image's file, after it let go of the lock (`imagecache.py`,
/// `_remove_old_enough_file`): who took the lock in between keeps nobody off any more, and has to take it again.
struct NovaLocks: Sendable {
    /// Nova's instances directory; where there is no Nova, what holds a `locks` folder of our own.
    let instances: String
    /// This host, as part of a file's name: hosts may share the folder.
    let host: String
    /// Whether the locks are ours alone.
    var areOurs = false

    /// The folder of the lock files.
    var path: String { "\(instances)/locks" }

    /// What our own files in the folder begin with; they are there for a moment.
    private static let ours = ".precache-"
    /// How old what another host left must be to be cleared, in nanoseconds: an hour.
    private static let age: Int64 = 3_600_000_000_000

    /// Tries whether locks that nova-compute can take, too, can be made here, and clears what a killed agent left.
    func check() throws(CacheError) {
        do throws(CacheError) {
            let folder = try folder()
            for name in try folder.names() where name.hasPrefix(Self.ours) {
                let time = try folder.status(of: name)?.attributes.modifiedNanoseconds ?? 0
                guard name.hasPrefix(mine) || time < ImageCache.now() * 1_000 - Self.age else { continue }
                try folder.remove(name)
            }
            let name = "\(mine)probe"
            try create(name, in: folder)
            try folder.remove(name)
        } catch {
            throw CacheError(
                error.code,
                areOurs
                    ? "locks can't be made: \(error)"
                    : "instances.directory \(instances): nova-compute's locks can't be shared: \(error)"
            )
        }
    }

    /// Takes a file's lock without waiting.
    ///
    /// - Parameter name: The file's name in the cache directory.
    /// - Returns: What holds the lock until it's let go of, or nil if somebody else does.
    /// - Throws: ``CacheError`` with `io` for what isn't a file, or can't be opened.
    func tryLock(_ name: String) throws(CacheError) -> FetchLock? {
        try tryFile(name).map { FetchLock($0) }
    }

    /// Whether nobody else can have had the lock since it was taken: its file still has its name.
    func isCurrent(_ lock: FetchLock, _ name: String) throws(CacheError) -> Bool {
        try isNamed(lock.file, "nova-\(name)", in: folder())
    }

    /// Takes a lock again if its file lost its name.
    ///
    /// - Returns: Whether it keeps others off; false while somebody else holds the new file's.
    func retake(_ lock: FetchLock, _ name: String) throws(CacheError) -> Bool {
        if try isCurrent(lock, name) { return true }
        guard let file = try tryFile(name) else { return false }
        lock.replace(with: file)
        return true
    }

    private func tryFile(_ name: String) throws(CacheError) -> OpenFile? {
        let (folder, name) = (try folder(), "nova-\(name)")
        while true {
            let file = try open(name, in: folder)
            guard try file.tryLock() else { return nil }
            if try isNamed(file, name, in: folder) { return file }
            file.unlock()
        }
    }

    private func isNamed(
        _ file: OpenFile,
        _ name: String,
        in folder: Directory
    ) throws(CacheError) -> Bool {
        let (held, named) = (try file.status(), try folder.status(of: name))
        return held.attributes.inode == named?.attributes.inode
    }

    private func folder() throws(CacheError) -> Directory {
        let parent = try Directory(path: instances)
        let isNew = try parent.status(of: "locks") == nil
        let folder = try Directory("locks", in: parent, mode: 0o755)
        if isNew, let owner = try parent.status(of: ".")?.owner {
            try folder.setOwner(owner)
        }
        return folder
    }

    private func open(_ name: String, in folder: Directory) throws(CacheError) -> OpenFile {
        while true {
            if let file = try existing(name, in: folder) {
                guard try file.status().isRegular else {
                    throw CacheError(.io, "\(path)/\(name) is not a regular file, so it can't be locked")
                }
                return file
            }
            try create(name, in: folder)
        }
    }

    private func existing(_ name: String, in folder: Directory) throws(CacheError) -> OpenFile? {
        do throws(CacheError) {
            return try folder.openExisting(name)
        } catch {
            guard !areOurs else { throw error }
            throw CacheError(
                error.code,
                "nova-compute's lock of the image can't be taken (\(error.description)): it has to belong to the agent's user"
            )
        }
    }

    /// What those of this host begin with; no host's name has such a sign.
    private var mine: String { "\(Self.ours)\(host)@" }

    /// Removes a file's lock file with the file, where locks are ours; the caller holds the lock.
    func removeOwn(_ name: String) throws(CacheError) {
        if areOurs { try folder().remove("nova-\(name)") }
    }

    /// Makes a lock file that belongs to whom the folder belongs to: nova-compute must be able to write it.
    ///
    /// It gets its name only then, so that nova-compute never meets one that it can't open.
    private func create(_ name: String, in folder: Directory) throws(CacheError) {
        guard let owner = try folder.status(of: ".")?.owner, owner.user != geteuid() else {
            _ = try folder.openForWriting(name, mode: 0o644)
            return
        }
        let temporary = "\(mine)\(UInt64.random(in: 0 ... .max))"
        let file = try folder.openForWriting(temporary, flags: O_EXCL, mode: 0o644)
        do throws(CacheError) {
            try give(file, to: owner)
            try folder.link(temporary, to: name)
            try folder.remove(temporary)
        } catch {
            _ = try? folder.remove(temporary)
            throw error
        }
    }

    private func give(_ file: OpenFile, to owner: FileOwner) throws(CacheError) {
        do throws(CacheError) {
            try file.setOwner(owner)
        } catch {
            let user = owner.user.map { "\($0)" } ?? "?"
            throw CacheError(
                .io,
                "nova-compute couldn't use lock files made here (\(error)): let the agent run as user \(user), whom "
                    + "\(path) belongs to, or as root"
            )
        }
    }
}

/// The right to fetch an image that nova-compute or another agent may fetch as well; given back with its last reference.
package final class FetchLock: Sendable {
    private struct State {
        var file: OpenFile
        var hadGap = false
    }

    private let state: Mutex<State>

    fileprivate init(_ file: OpenFile) { state = Mutex(State(file: file)) }

    // Closing alone isn't enough: a child between fork(2) and execve(2) has the file open, too.
    deinit { file.unlock() }

    /// The locked file.
    var file: OpenFile { state.withLock { $0.file } }

    /// Whether others may have held the lock since it was first taken.
    package var hadGap: Bool { state.withLock { $0.hadGap } }

    fileprivate func replace(with file: OpenFile) {
        let old = state.withLock { state in
            defer { state = State(file: file, hadGap: true) }
            return state.file
        }
        old.unlock()
    }
}

extension ImageCache {
    /// The file that ``tryLock(_:)`` locks, for messages.
    package func lockPath(of id: ImageID) -> String { "\(locks.path)/nova-\(CacheLayout.fileName(of: id))" }

    /// Takes the lock on an image, nova-compute's if there is one, to be held while it's looked for, fetched and given its name.
    ///
    /// Never waits: who is refused tries again after a while.
    ///
    /// - Returns: The lock; nil while somebody else, or another download here, holds it.
    /// - Throws: ``CacheError`` with `io` if the lock file can't be used.
    package func tryLock(_ id: ImageID) async throws(CacheError) -> FetchLock? {
        let locks = locks
        return try await lanes.onFiles { () throws(CacheError) in
            try locks.tryLock(CacheLayout.fileName(of: id))
        }
    }
    /// Takes a lock again if nova-compute has removed its file.
    ///
    /// - Returns: Whether it keeps others off; false while somebody else holds it.
    /// - Throws: ``CacheError`` with `io` if the lock file can't be used.
    package func retake(_ lock: FetchLock, _ id: ImageID) async throws(CacheError) -> Bool {
        let locks = locks
        return try await lanes.onFiles { () throws(CacheError) in
            try locks.retake(lock, CacheLayout.fileName(of: id))
        }
    }
}
