/// The table of a qcow2 image's internal snapshots, and where their L1 tables are.
struct Qcow2Snapshots {
    /// The table itself and each snapshot's L1 table.
    private(set) var ranges: [FileRange] = []

    /// More than this can't be looked at within ``ImageInspector/maximumBytesRead``; an image for booting has none.
    private static let most: UInt32 = 512

    init(_ header: Qcow2Header, _ reader: BoundedReader) throws(InspectionRefusal) {
        guard header.snapshotCount > 0 else { return }
        guard header.snapshotCount <= Self.most else {
            throw .unsafe(
                "the qcow2 image has \(header.snapshotCount) snapshots; \(Self.most) at most are looked at"
            )
        }
        try header.checkAligned("snapshot table", header.snapshotsOffset)
        var offset = header.snapshotsOffset
        var end = offset
        for number in 1...header.snapshotCount {
            let what = "the qcow2 snapshot \(number)"
            let fixed = try reader.whole(what, at: offset, count: 40)
            ranges.append(
                try header.l1Table("\(what)'s L1 table", at: fixed.big(0), entries: fixed.big(8), reader)
            )
            let idLength: UInt16 = try fixed.big(12)
            let nameLength: UInt16 = try fixed.big(14)
            let extraLength: UInt32 = try fixed.big(36)
            guard extraLength <= 1024 else {
                throw .unsafe("\(what) has \(extraLength) extra bytes; 1024 at most")
            }
            let length = 40 + UInt64(extraLength) + UInt64(idLength) + UInt64(nameLength)
            end = try FileRange.inside(reader, what, at: offset, length: length).end
            // Entries begin at multiples of 8 bytes, but the last one isn't padded.
            offset = (end + 7) & ~7
        }
        ranges.append(
            try .inside(
                reader,
                "the qcow2 snapshot table",
                at: header.snapshotsOffset,
                length: end - header.snapshotsOffset
            )
        )
    }
}
