/// Another file that a disk needs beside itself.
package struct DiskReference: Hashable, Sendable {
    /// What the other file is to the disk.
    package enum Role: String, Sendable {
        /// What unwritten parts are read from: a backing file, or a differencing disk's parent.
        case backing
        /// Where the disk's own data is.
        case data
    }

    /// Where the other file is.
    package enum Target: Hashable, Sendable {
        /// A file: an absolute path, or one relative to the directory of the disk that names it.
        case path(String)
        /// Not a file of this host: `nbd://`, `rbd:` and the like.
        case elsewhere
        /// Can't be told; it may be any file.
        case unclear
    }

    /// What the other file is to the disk.
    package let role: Role
    /// Where it is.
    package let target: Target
    /// The name as the disk has it, for people.
    package let name: String
    /// Its format in QEMU's words, if the disk says.
    package let format: String?
}
