@testable import ImageInspection

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
