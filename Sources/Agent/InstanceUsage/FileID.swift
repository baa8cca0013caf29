import Glibc

/// A file, whatever names it has.
public struct FileID: Hashable, Sendable {
    /// The file system's number (`st_dev`).
    public let device: UInt64
    /// The file's number in it (`st_ino`).
    public let inode: UInt64

    /// Names a file by its numbers.
    public init(device: UInt64, inode: UInt64) {
        self.device = device
        self.inode = inode
    }

    init(_ status: stat) { self.init(device: UInt64(status.st_dev), inode: UInt64(status.st_ino)) }
}
