/// A part of the image that a header speaks of, with its name for messages.
struct FileRange: Hashable {
    let what: String
    let start: UInt64
    /// The first byte behind it.
    let end: UInt64

    /// Nil where the end can't be expressed.
    init?(_ what: String, at start: UInt64, length: UInt64) {
        let (end, overflow) = start.addingReportingOverflow(length)
        guard !overflow, end <= UInt64(Int64.max) else { return nil }
        (self.what, self.start, self.end) = (what, start, end)
    }

    func fits(_ sizeBytes: Int64) -> Bool { end <= UInt64(sizeBytes) }
}

extension FileRange {
    /// A range that has to lie inside the file.
    static func inside(
        _ reader: BoundedReader,
        _ what: String,
        at start: UInt64,
        length: UInt64
    ) throws(InspectionRefusal) -> FileRange {
        guard let range = FileRange(what, at: start, length: length), range.fits(reader.sizeBytes) else {
            throw .unsafe(
                "\(what) (\(length) bytes at \(start)) is outside the file of \(reader.sizeBytes) bytes"
            )
        }
        return range
    }

    /// Refuses ranges that share bytes.
    static func checkApart(_ ranges: [FileRange]) throws(InspectionRefusal) {
        let ordered = ranges.filter { $0.end > $0.start }.sorted { $0.start < $1.start }
        for (first, second) in zip(ordered, ordered.dropFirst()) where second.start < first.end {
            throw .unsafe(
                "\(first.what) (\(first.start) to \(first.end)) and \(second.what) (\(second.start) to \(second.end)) overlap"
            )
        }
    }
}
