import Digesting
import Glibc
import PrecacheModel

/// The cache directory with our own corner in it, which Nova's cache manager leaves alone: it looks at names of 40
/// hexadecimal digits only (`nova/virt/libvirt/imagecache.py`, `_list_base_images`).
///
/// ```
/// <sha1 of the image id>            a finished file
/// .precache/lock                    held while an agent runs
/// .precache/staging/<sha1>.part     a download, with <sha1>.json beside it saying of what
/// .precache/staging/<sha1>.converted  what a download is being converted to
/// .precache/records/<sha1>.json     what we know of a finished file
/// .precache/unreadable/…            records that couldn't be read
/// ```
struct CacheLayout: Sendable {
    let base: Directory
    let own: Directory
    let staging: Directory
    let records: Directory

    init(directory: String) throws(CacheError) {
        base = try Directory(path: directory)
        own = try Directory(".precache", in: base)
        staging = try Directory("staging", in: own)
        records = try Directory("records", in: own)
    }

    /// The name that Nova gives the file: the SHA-1 of the image id's text (`nova/virt/imagecache.py`,
    /// `get_cache_fname`).
    static func fileName(of id: ImageID) -> String { Digesting.sha1Hex(id.text) }

    static func partName(of id: ImageID) -> String { "\(fileName(of: id)).part" }

    static func convertedName(of id: ImageID) -> String { "\(fileName(of: id)).converted" }

    static func noteName(of id: ImageID) -> String { "\(fileName(of: id)).json" }

    /// Tries whether files can be given to whom they are to belong to.
    func checkOwner(_ owner: FileOwner) throws(CacheError) {
        guard owner != FileOwner() else { return }
        let file = try own.openForWriting("probe", flags: O_TRUNC)
        defer { _ = try? own.remove("probe") }
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

    /// Keeps other agents off the directory for as long as the file is open.
    func lock() throws(CacheError) -> OpenFile {
        let file = try own.openForWriting("lock")
        while flock(file.descriptor, LOCK_EX | LOCK_NB) == -1 {
            let code = errno
            if code == EINTR { continue }
            guard code == EWOULDBLOCK else { throw SystemCall.error("lock \(own.path)/lock", code) }
            throw CacheError(
                .locked,
                "another agent uses \(base.path) (it holds \(own.path)/lock); give each its own cache.directory"
            )
        }
        return file
    }
}
