/// A file system's room.
public struct DiskSpace: Hashable, Sendable {
    /// Its size in bytes.
    public var totalBytes: Int64
    /// What we may still use of it, in bytes.
    public var freeBytes: Int64

    /// Puts figures together.
    public init(totalBytes: Int64, freeBytes: Int64) {
        self.totalBytes = totalBytes
        self.freeBytes = freeBytes
    }
}
