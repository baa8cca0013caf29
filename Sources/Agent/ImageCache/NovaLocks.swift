import CLinux
import Glibc
package import PrecacheModel

/// The lock files that nova-compute holds while it fetches an image: `<instances>/locks/nova-<name of the file>`.
///
/// Nova takes an exclusive `fcntl` record lock over the whole file, through oslo.concurrency and fasteners
/// (`nova/virt/libvirt/imagebackend.py`, `Image.cache`). We take an open file description lock, which keeps Nova's off and
/// is kept off by it, but isn't lost when some other part of the program closes the same file (fcntl(2)). The kernel
/// drops it with the descriptor, so a killed agent leaves none.
///
/// The folder is opened anew each time, since it may be replaced under a running agent, and never through a symbolic
/// link below the instances directory. A lock file stays when the lock is let go of, as Nova leaves it.
struct NovaLocks: Sendable {
    /// Nova's instances directory.
    let instances: String

    /// The folder of the lock files.
    var path: String { "\(instances)/locks" }

    /// What our own files in the folder begin with; they are there for a moment.
    private static let ours = ".precache-"

    /// Tries whether locks that nova-compute can take, too, can be made here, and clears what a killed agent left.
    func check() throws(CacheError) {
        do throws(CacheError) {
            let folder = try folder()
            for name in try folder.names() where name.hasPrefix(Self.ours) { try folder.remove(name) }
            let name = "\(Self.ours)probe"
            try create(name, in: folder)
            try folder.remove(name)
        } catch {
            throw CacheError(
                error.code,
                "instances.directory \(instances): nova-compute's locks can't be shared: \(error)"
            )
        }
    }

    /// Takes a file's lock without waiting.
    ///
    /// - Parameter name: The file's name in the cache directory.
    /// - Returns: What holds the lock until it's let go of, or nil if somebody else does.
    /// - Throws: ``CacheError`` with `io` for what isn't a file, or can't be opened.
    func tryLock(_ name: String) throws(CacheError) -> FetchLock? {
        let (folder, name) = (try folder(), "nova-\(name)")
        while true {
            let file = try open(name, in: folder)
            guard try Self.lock(file, "\(path)/\(name)") else { return nil }
            let lock = FetchLock(file)
            // Nova removes the lock file with an old image's file: a lock on what has no name any more keeps nobody off.
            let (held, named) = (try file.status(), try folder.status(of: name))
            if held.attributes.inode == named?.attributes.inode { return lock }
        }
    }

    private static func lock(_ file: OpenFile, _ path: String) throws(CacheError) -> Bool {
        while clinux_try_lock(file.descriptor) == -1 {
            let code = errno
            if code == EINTR { continue }
            if code == EAGAIN || code == EACCES { return false }
            throw SystemCall.error("lock \(path)", code)
        }
        return true
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
            if let file = try folder.openExisting(name) {
                guard try file.status().isRegular else {
                    throw CacheError(.io, "\(path)/\(name) is not a regular file, so it can't be locked")
                }
                return file
            }
            try create(name, in: folder)
        }
    }

    /// Makes a lock file that belongs to whom the folder belongs to: nova-compute must be able to write it.
    ///
    /// It gets its name only then, so that nova-compute never meets one that it can't open.
    private func create(_ name: String, in folder: Directory) throws(CacheError) {
        guard let owner = try folder.status(of: ".")?.owner, owner.user != geteuid() else {
            _ = try folder.openForWriting(name, mode: 0o644)
            return
        }
        let temporary = "\(Self.ours)\(getpid())"
        _ = try folder.remove(temporary)
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

/// The right to fetch an image that nova-compute on the same host may fetch as well; given back with its last reference.
package final class FetchLock: Sendable {
    /// Nil where there is no Nova to agree with.
    private let file: OpenFile?

    init(_ file: OpenFile?) { self.file = file }

    // Closing alone isn't enough: a child between fork(2) and execve(2) has the file open, too.
    deinit { if let file { clinux_unlock(file.descriptor) } }
}

extension ImageCache {
    /// Whether images are fetched under nova-compute's locks.
    package var sharesLocks: Bool { locks != nil }

    /// The file that ``tryLock(_:)`` locks, for messages; nil without a Nova.
    package func lockPath(of id: ImageID) -> String? {
        locks.map { "\($0.path)/nova-\(CacheLayout.fileName(of: id))" }
    }

    /// Takes nova-compute's lock on an image, to be held while it's looked for, fetched and given its name.
    ///
    /// Never waits: who is refused tries again after a while.
    ///
    /// - Returns: The lock; nil while somebody else, or another download here, holds it.
    /// - Throws: ``CacheError`` with `io` if the lock file can't be used.
    package func tryLock(_ id: ImageID) async throws(CacheError) -> FetchLock? {
        guard let locks else { return FetchLock(nil) }
        return try await lanes.onFiles { () throws(CacheError) in
            try locks.tryLock(CacheLayout.fileName(of: id))
        }
    }
}
