/// The extensions behind a qcow2 header, as far as we look at them.
struct Qcow2Extensions {
    /// A part of the file that an extension points to.
    struct Pointer {
        let offset: UInt64
        let length: UInt64
    }

    /// The backing file's format in QEMU's words.
    private(set) var backingFormat: [UInt8]?
    /// The name of the file with the data.
    private(set) var dataFile: [UInt8]?
    /// The LUKS header.
    private(set) var encryptionHeader: Pointer?
    /// The directory of dirty bitmaps.
    private(set) var bitmapDirectory: Pointer?

    /// Reads what lies between the header and the backing file's name, or the end of the first cluster.
    ///
    /// - Throws: ``InspectionRefusal`` with `unsafe` if an extension reaches beyond.
    init(_ header: Qcow2Header, _ reader: BoundedReader) throws(InspectionRefusal) {
        var end = header.clusterBytes
        if header.backingOffset > 0, header.backingOffset < end { end = header.backingOffset }
        var offset = UInt64(header.length)
        while offset + 8 <= end {
            let head = try reader.part(at: Int64(offset), count: 8)
            // A version 2 image may end with its header.
            guard head.count == 8 else { return }
            let kind: UInt32 = try head.big(0)
            let length: UInt32 = try head.big(4)
            if kind == 0 { return }
            let body = offset + 8
            let padded = (UInt64(length) + 7) & ~7
            guard padded <= end - body else {
                throw .unsafe(
                    "a qcow2 header extension of \(length) bytes at \(offset) reaches beyond the header's end at \(end)"
                )
            }
            try take(kind, at: body, length: length, reader)
            offset = body + padded
        }
    }

    private mutating func take(
        _ kind: UInt32,
        at offset: UInt64,
        length: UInt32,
        _ reader: BoundedReader
    ) throws(InspectionRefusal) {
        switch kind {
        case 0xe279_2aca:
            backingFormat = try text("backing format", at: offset, length: length, limit: 16, reader)
        case 0x4441_5441:
            dataFile = try text("data file name", at: offset, length: length, limit: 1023, reader)
        case 0x0537_be77:
            let body = try reader.whole("the encryption extension", at: offset, count: 16)
            guard length >= 16 else {
                throw .unsafe("a qcow2 encryption extension of \(length) bytes, not 16")
            }
            encryptionHeader = Pointer(offset: try body.big(0), length: try body.big(8))
        case 0x2385_2875:
            let body = try reader.whole("the bitmaps extension", at: offset, count: 24)
            guard length >= 24 else { throw .unsafe("a qcow2 bitmaps extension of \(length) bytes, not 24") }
            bitmapDirectory = Pointer(offset: try body.big(16), length: try body.big(8))
        default:
            // Unknown ones are safe to ignore, the specification says.
            break
        }
    }

    private func text(
        _ what: String,
        at offset: UInt64,
        length: UInt32,
        limit: UInt32,
        _ reader: BoundedReader
    ) throws(InspectionRefusal) -> [UInt8] {
        guard length <= limit else { throw .unsafe("a qcow2 \(what) of \(length) bytes; \(limit) at most") }
        return try reader.whole("the qcow2 \(what)", at: offset, count: Int(length)).bytes
    }
}

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
