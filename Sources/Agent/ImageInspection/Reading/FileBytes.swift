import Glibc

/// The bytes of an open file, read with `pread`, so that the descriptor's position stays where it is.
package struct FileBytes: ImageBytes {
    /// The file's size when it was looked at, in bytes.
    package let sizeBytes: Int64
    private let descriptor: Int32

    /// Looks at a file that the caller keeps open for as long as this is used, and closes afterwards.
    ///
    /// - Throws: ``InspectionRefusal`` with `unreadable` if the descriptor isn't an open regular file or block device.
    package init(descriptor: Int32) throws(InspectionRefusal) {
        var status = stat()
        while fstat(descriptor, &status) == -1 {
            let code = errno
            guard code == EINTR else { throw .system("stat", code) }
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            sizeBytes = Int64(status.st_size)
        case S_IFBLK:
            let end = lseek(descriptor, 0, SEEK_END)
            guard end >= 0 else { throw .system("find the size", errno) }
            sizeBytes = Int64(end)
        default:
            throw InspectionRefusal(.unreadable, "it is neither a file nor a block device")
        }
        self.descriptor = descriptor
    }

    /// Reads up to `count` bytes at an offset; fewer only where the file ends.
    package func read(at offset: Int64, count: Int) throws(InspectionRefusal) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = pread(
                    descriptor,
                    buffer.baseAddress.map { $0 + filled },
                    count - filled,
                    off_t(offset) + off_t(filled)
                )
                if got == -1 {
                    let code = errno
                    if code == EINTR { continue }
                    failure = code
                    return
                }
                if got == 0 { return }
                filled += got
            }
        }
        guard failure == 0 else { throw .system("read \(count) bytes at \(offset)", failure) }
        return bytes
    }
}
