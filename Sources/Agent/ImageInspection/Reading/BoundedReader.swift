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
