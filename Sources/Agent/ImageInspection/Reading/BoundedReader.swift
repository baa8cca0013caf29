import Glibc

/// Reads parts of an image, never outside of it and never more than a fixed amount in all.
final class BoundedReader {
    /// The size of the image in bytes.
    let sizeBytes: Int64
    /// Bytes read so far.
    private(set) var bytesRead = 0
    private let bytes: any ImageBytes
    private let limit: Int
    /// The first bytes, kept, since nearly every header lies in them.
    private var kept: Fields?
    private static let keptBytes = 4096

    init(_ bytes: any ImageBytes, limit: Int = ImageInspector.maximumBytesRead) {
        self.bytes = bytes
        self.limit = limit
        sizeBytes = max(0, bytes.sizeBytes)
    }

    /// Bytes that may still be read.
    var bytesLeft: Int { limit - bytesRead }

    /// The first 4096 bytes, or all if there are fewer.
    func head() throws(InspectionRefusal) -> Fields {
        if let kept { return kept }
        let head = try fetch(at: 0, count: Self.keptBytes)
        kept = head
        return head
    }

    /// What is there of `count` bytes at an offset: fewer where the image ends, none behind it.
    func part(at offset: Int64, count: Int) throws(InspectionRefusal) -> Fields {
        guard offset >= 0, offset <= Self.keptBytes, count <= Self.keptBytes - Int(offset) else {
            return try fetch(at: offset, count: count)
        }
        let head = try head()
        let end = min(head.count, Int(offset) + max(0, count))
        return Fields(Array(head.bytes[min(Int(offset), end)..<end]), at: offset)
    }

    private func fetch(at offset: Int64, count: Int) throws(InspectionRefusal) -> Fields {
        guard offset >= 0, offset < sizeBytes, count > 0 else { return Fields([], at: offset) }
        let count = Int(min(Int64(count), sizeBytes - offset))
        guard count <= limit - bytesRead else {
            throw .unsafe("its headers are too large: more than \(limit) bytes would have to be read")
        }
        let got = try bytes.read(at: offset, count: count)
        bytesRead += got.count
        return Fields(got, at: offset)
    }

    /// All of `count` bytes at an offset.
    ///
    /// - Throws: ``InspectionRefusal`` with `unsafe` where the image ends before.
    func whole(_ what: String, at offset: UInt64, count: Int) throws(InspectionRefusal) -> Fields {
        let range = try FileRange.inside(self, what, at: offset, length: UInt64(max(0, count)))
        let fields = try part(at: Int64(range.start), count: count)
        guard fields.count == count else {
            throw InspectionRefusal(.unreadable, "the file became shorter while it was read")
        }
        return fields
    }
}

/// An image's bytes, wherever they are.
///
/// Nothing here is `async`: reading may block, so an inspection belongs on a thread that may.
package protocol ImageBytes {
    /// How many bytes there are.
    var sizeBytes: Int64 { get }

    /// Reads up to `count` bytes at an offset inside the image; fewer only where the image ends.
    ///
    /// - Throws: ``InspectionRefusal`` with `unreadable`.
    func read(at offset: Int64, count: Int) throws(InspectionRefusal) -> [UInt8]
}

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
