import Glibc

/// What tells one state of a file from another without reading it.
struct FileAttributes: Hashable, Sendable, Codable {
    var sizeBytes: Int64
    /// Time of the last change of content: nanoseconds since 1970.
    var modifiedNanoseconds: Int64
    var inode: UInt64
}

/// An answer of stat(2).
struct FileStatus {
    var attributes: FileAttributes
    var isRegular: Bool
    var links: Int
    var owner: FileOwner

    init(_ status: stat) {
        attributes = FileAttributes(
            sizeBytes: Int64(status.st_size),
            modifiedNanoseconds: Int64(status.st_mtim.tv_sec) &* 1_000_000_000
                &+ Int64(status.st_mtim.tv_nsec),
            inode: UInt64(status.st_ino)
        )
        isRegular = status.st_mode & S_IFMT == S_IFREG
        links = Int(status.st_nlink)
        owner = FileOwner(user: status.st_uid, group: status.st_gid)
    }
}
