/// A file system's room.
package struct DiskSpace: Hashable, Sendable {
    /// Its size in bytes.
    package var totalBytes: Int64
    /// What we may still use of it, in bytes.
    package var freeBytes: Int64

    /// Puts figures together.
    package init(totalBytes: Int64, freeBytes: Int64) {
        self.totalBytes = totalBytes
        self.freeBytes = freeBytes
    }
}
