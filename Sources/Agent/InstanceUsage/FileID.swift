import Glibc

/// A file, whatever names it has.
package struct FileID: Hashable, Sendable {
    /// The file system's number (`st_dev`).
    package let device: UInt64
    /// The file's number in it (`st_ino`).
    package let inode: UInt64

    /// Names a file by its numbers.
    package init(device: UInt64, inode: UInt64) {
        self.device = device
        self.inode = inode
    }

    init(_ status: stat) { self.init(device: UInt64(status.st_dev), inode: UInt64(status.st_ino)) }
}
