@testable import ImageInspection

/// An image that is changed in place, and that notes what is read of it.
final class WatchedBytes: ImageBytes {
    /// What is read when nothing is changed, and may therefore be worth changing.
    private(set) var looked: [Range<Int>] = []
    /// The first read that was outside of the image, or none.
    private(set) var stray: String?
    private(set) var bytesRead = 0
    private(set) var reads = 0
    /// How long the image pretends to be.
    var sizeBytes: Int64
    private var bytes: [UInt8]
    private var undo: [(Int, UInt8)] = []

    init(_ image: MemoryBytes) {
        bytes = image.bytes
        sizeBytes = image.sizeBytes
        _ = try? ImageInspector.inspect(self)
        _ = try? DiskHeader(self)
    }

    func read(at offset: Int64, count: Int) throws(InspectionRefusal) -> [UInt8] {
        reads += 1
        guard offset >= 0, count > 0, offset < sizeBytes, Int64(count) <= sizeBytes - offset else {
            stray = stray ?? "\(count) bytes at \(offset) of \(sizeBytes)"
            throw InspectionRefusal(.unreadable, "outside")
        }
        bytesRead += count
        let range = Int(offset)..<Int(offset) + count
        if undo.isEmpty { looked.append(range) }
        return Array(bytes[range])
    }

    /// Forgets what was read and takes the changes back.
    func reset() {
        for (offset, byte) in undo.reversed() { bytes[offset] = byte }
        undo = []
        sizeBytes = Int64(bytes.count)
        (bytesRead, reads) = (0, 0)
    }

    func set(_ offset: Int, _ byte: UInt8) {
        guard bytes.indices.contains(offset) else { return }
        undo.append((offset, bytes[offset]))
        bytes[offset] = byte
    }

    subscript(_ offset: Int) -> UInt8 { bytes[offset] }
    func part(_ start: Int, _ length: Int) -> [UInt8] { Array(bytes[start..<start + length]) }
    var count: Int { bytes.count }
}

/// An image in memory; a read outside of it fails the test that asks.
struct MemoryBytes: ImageBytes {
    var bytes: [UInt8]

    var sizeBytes: Int64 { Int64(bytes.count) }

    func read(at offset: Int64, count: Int) throws(InspectionRefusal) -> [UInt8] {
        guard offset >= 0, count >= 0, offset <= sizeBytes, Int64(count) <= sizeBytes - offset else {
            throw InspectionRefusal(.unreadable, "a read of \(count) bytes at \(offset) of \(sizeBytes)")
        }
        return Array(bytes[Int(offset)..<Int(offset) + count])
    }
}
