internal import Glibc

/// What tells that a file was replaced or rewritten.
struct FileStamp: Equatable {
    private let device: UInt
    private let inode: UInt
    private let size: Int
    private let seconds: Int
    private let nanoseconds: Int

    /// The file's present stamp, or nil when there is none.
    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt(status.st_dev)
        inode = UInt(status.st_ino)
        size = Int(status.st_size)
        // Of the status change, which a write is too: a file that only became readable counts as changed.
        seconds = status.st_ctim.tv_sec
        nanoseconds = status.st_ctim.tv_nsec
    }

    /// The stamps of the files that a ``ClientTLS`` names.
    static func all(of tls: ClientTLS) -> [FileStamp?] {
        [tls.caFile, tls.certificateFile, tls.keyFile].map { $0.flatMap(FileStamp.init(path:)) }
    }
}
