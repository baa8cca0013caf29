import ImageInspection

/// A file's bytes, counted as they are read.
final class MeteredBytes: ImageBytes {
    private let inner: FileBytes
    private(set) var bytesRead = 0

    init(_ inner: FileBytes) { self.inner = inner }

    var sizeBytes: Int64 { inner.sizeBytes }

    func read(at offset: Int64, count: Int) throws(InspectionRefusal) -> [UInt8] {
        let bytes = try inner.read(at: offset, count: count)
        bytesRead += bytes.count
        return bytes
    }
}
