import Glibc
import InstanceUsage

/// What tells one state of a file from another without reading it.
struct FileAttributes: Hashable, Sendable, Codable {
    var sizeBytes: Int64
    /// Time of the last change of content: nanoseconds since 1970.
    var modifiedNanoseconds: Int64
    var inode: UInt64

    /// Whether the content's time is so long before a time, in microseconds since 1970; never if it is after that.
    func isOlder(than age: Duration, at now: Int64) -> Bool {
        let time = modifiedNanoseconds / 1_000
        return time <= now
            && now.subtractingReportingOverflow(time).partialValue >= age.components.seconds * 1_000_000
    }
}

/// An answer of stat(2).
struct FileStatus {
    var attributes: FileAttributes
    var isRegular: Bool
    var isDirectory: Bool
    var links: Int
    var owner: FileOwner
    var id: FileID
    /// Time of the last change of content, name, owner, mode or times, which nobody can set: nanoseconds since 1970.
    var changedNanoseconds: Int64
    /// What the file takes on the disk; less than its size where it has holes.
    var diskBytes: Int64

    init(_ status: stat) {
        attributes = FileAttributes(
            sizeBytes: Int64(status.st_size),
            modifiedNanoseconds: Self.nanoseconds(status.st_mtim),
            inode: UInt64(status.st_ino)
        )
        isRegular = status.st_mode & S_IFMT == S_IFREG
        isDirectory = status.st_mode & S_IFMT == S_IFDIR
        links = Int(status.st_nlink)
        owner = FileOwner(user: status.st_uid, group: status.st_gid)
        id = FileID(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
        changedNanoseconds = Self.nanoseconds(status.st_ctim)
        diskBytes = Int64(status.st_blocks) * 512
    }

    /// Times a million years away become the earliest or latest there is: they tell nothing anyway.
    private static func nanoseconds(_ time: timespec) -> Int64 {
        let (whole, isFar) = Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isFarther) = whole.addingReportingOverflow(Int64(time.tv_nsec))
        guard isFar || isFarther else { return sum }
        return time.tv_sec < 0 ? .min : .max
    }
}
