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
