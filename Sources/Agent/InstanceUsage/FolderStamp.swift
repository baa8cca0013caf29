import Glibc

/// A folder's state: the same again means that no file was added to it, removed or renamed.
struct FolderStamp: Hashable, Sendable {
    var modified: Int64
    var changed: Int64
    var hasFolders: Bool

    /// The state that a folder has before it is read; nil if it changed within `settling` nanoseconds, so that a change
    /// after reading could leave the same times.
    init?(_ status: stat, settling: Int64) {
        modified = Self.nanoseconds(status.st_mtim)
        changed = Self.nanoseconds(status.st_ctim)
        hasFolders = false
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        guard Self.nanoseconds(now) &- max(modified, changed) > settling else { return nil }
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
