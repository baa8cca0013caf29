/// Another file that a disk needs beside itself.
public struct DiskReference: Hashable, Sendable {
    /// What the other file is to the disk.
    public enum Role: String, Sendable {
        /// What unwritten parts are read from: a backing file, or a differencing disk's parent.
        case backing
        /// Where the disk's own data is.
        case data
    }

    /// Where the other file is.
    public enum Target: Hashable, Sendable {
        /// A file: an absolute path, or one relative to the directory of the disk that names it.
        case path(String)
        /// Not a file of this host: `nbd://`, `rbd:` and the like.
        case elsewhere
        /// Can't be told; it may be any file.
        case unclear
    }

    /// What the other file is to the disk.
    public let role: Role
    /// Where it is.
    public let target: Target
    /// The name as the disk has it, for people.
    public let name: String
    /// Its format in QEMU's words, if the disk says.
    public let format: String?
}
