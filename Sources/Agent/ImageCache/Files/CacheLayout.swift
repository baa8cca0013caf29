import CLinux
import Digesting
import Glibc
import PrecacheModel

/// The cache directory with our own corner in it, which Nova's cache manager leaves alone: it looks at names of 40
/// hexadecimal digits only (`nova/virt/libvirt/imagecache.py`, `_list_base_images`).
///
/// Agents of several hosts may share it, as on NFS: everything here is everybody's. Locks are fcntl(2)'s, which work across
/// hosts and end with whoever held them.
///
/// ```
/// <sha1 of the image id>            a finished file
/// .precache/lock                    shared by all agents; versions before this one held it alone
/// .precache/lock.<host>             held while the host's agent runs
/// .precache/mutex                   held for a moment, while records and finished files change
/// .precache/locks/nova-<sha1>       held while an image is fetched, where there is no Nova to share locks with
/// .precache/staging/<sha1>.part     a download, with <sha1>.json beside it saying of what
/// .precache/staging/<sha1>.converted  what a download is being converted to
/// .precache/records/<sha1>.json     what we know of a finished file
/// .precache/unreadable/…            records that couldn't be read
/// .precache/leases/<host>.json      what policies want kept on a host
/// ```
struct CacheLayout: Sendable {
    let base: Directory
    let own: Directory
    let staging: Directory
    let records: Directory
    let leases: Directory
    /// This host, as part of a file's name.
    let host: String
    private let mutex: OpenFile

    init(directory: String, host: String) throws(CacheError) {
        self.host = host.utf8.count > 100 ? sha1Hex(host) : host
        base = try Directory(path: directory)
        own = try Directory(".precache", in: base)
        staging = try Directory("staging", in: own)
        records = try Directory("records", in: own)
        leases = try Directory("leases", in: own)
        mutex = try own.openForWriting("mutex")
    }

    /// The name that Nova gives the file: the SHA-1 of the image id's text (`nova/virt/imagecache.py`,
    /// `get_cache_fname`).
    static func fileName(of id: ImageID) -> String { Digesting.sha1Hex(id.text) }

    static func partName(of id: ImageID) -> String { "\(fileName(of: id)).part" }

    static func convertedName(of id: ImageID) -> String { "\(fileName(of: id)).converted" }

    static func noteName(of id: ImageID) -> String { "\(fileName(of: id)).json" }

    /// A file to try things with.
    var probe: String { "probe.\(host)" }

    /// Tries whether files can be given to whom they are to belong to.
    func checkOwner(_ owner: FileOwner) throws(CacheError) {
        guard owner != FileOwner() else { return }
        let file = try own.openForWriting(probe, flags: O_TRUNC)
        defer { _ = try? own.remove(probe) }
        do throws(CacheError) {
            try file.setOwner(owner)
        } catch {
            let names = [owner.user.map { "user \($0)" }, owner.group.map { "group \($0)" }]
            let whom = names.compactMap(\.self).joined(separator: ", ")
            throw CacheError(
                .io,
                "files can't be given to \(whom) (\(error)): let the agent run as that user and a member of that group, as "
                    + "root, or leave out cache.owner and cache.group"
            )
        }
    }

    /// Removes what there is of an image's download.
    func clearStaging(of id: ImageID) throws(CacheError) {
        try staging.remove(Self.partName(of: id))
        try staging.remove(Self.convertedName(of: id))
        try staging.remove(Self.noteName(of: id))
    }

    /// Makes sure that others find here what we put here.
    ///
    /// - Throws: ``CacheError`` with `io` if the directory was removed or replaced since it was opened.
    func checkInPlace() throws(CacheError) {
        guard try base.isInPlace() else {
            throw CacheError(
                .io,
                "\(base.path) is no longer the directory that was opened; restart the agent"
            )
        }
    }

    /// Keeps other agents of this host off the directory for as long as the files are open, and those of a version that
    /// doesn't share it.
    func lock() throws(CacheError) -> [OpenFile] {
        let shared = try own.openForWriting("lock")
        while flock(shared.descriptor, LOCK_SH | LOCK_NB) == -1 {
            let code = errno
            if code == EINTR { continue }
            guard code == EWOULDBLOCK else { throw SystemCall.error("lock \(own.path)/lock", code) }
            throw CacheError(
                .locked,
                "another agent uses \(base.path), of a version that doesn't share it (it holds \(own.path)/lock)"
            )
        }
        let name = "lock.\(host)"
        let mine = try own.openForWriting(name)
        // A program that is just being started has the files of whoever starts it, also of one that has let go of them.
        var looks = 0
        while try !mine.tryLock() {
            looks += 1
            usleep(20_000)
            guard looks > 50 else { continue }
            throw CacheError(
                .locked,
                "another agent uses \(base.path) by this host's name, \(host) (it holds \(own.path)/\(name)); give each its "
                    + "own cache.directory, or each host its own name (host)"
            )
        }
        return [shared, mine]
    }

    /// Runs something while nobody else changes records or gives finished files their names or takes them away: no agent on
    /// any host that shares the directory, and no other thread of this one.
    ///
    /// Blocks, for a moment; not to be nested.
    ///
    /// - Throws: ``CacheError`` with `locked` if somebody else doesn't come to an end, `io`, or what `body` throws.
    func exclusively<Value>(_ body: () throws(CacheError) -> Value) throws(CacheError) -> Value {
        // Opened anew: a lock belongs to an open file, and threads must keep each other off, too.
        let file = try mutex.reopened()
        var (waited, pause): (UInt32, UInt32) = (0, 500)
        while try !file.tryLock() {
            guard waited < Self.patience else {
                throw CacheError(
                    .locked,
                    "another agent has held \(own.path)/mutex for \(waited / 1_000_000) s"
                )
            }
            usleep(pause)
            waited += pause
            pause = min(pause * 2, 20_000)
        }
        defer { file.unlock() }
        return try body()
    }

    /// How long somebody else may take, in microseconds: a look at all processes, and a batch of removals.
    private static let patience: UInt32 = 30_000_000
}
