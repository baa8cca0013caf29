extension Qcow2Header {
    /// Refuses an image that needs other files, needs a newer QEMU, or whose tables don't lie apart inside the file.
    ///
    /// The sizes allowed are QEMU's own (`block/qcow2.h`).
    func checkTrusted(_ reader: BoundedReader) throws(InspectionRefusal) {
        if backingOffset != 0 {
            let name = try backingName(reader) ?? []
            throw .unsafe("the qcow2 image has a backing file (\(QuotedText.of(name)))")
        }
        let extensions = try Qcow2Extensions(self, reader)
        if features.contains(.externalDataFile) || extensions.dataFile != nil {
            throw .unsafe(
                "the qcow2 image keeps its data in another file (\(QuotedText.of(extensions.dataFile ?? [])))"
            )
        }
        let unknown = features.subtracting(.known)
        guard unknown.isEmpty else {
            throw .unsafe(
                "the qcow2 image needs unknown features (bits 0x\(String(unknown.rawValue, radix: 16)))"
            )
        }
        guard compression <= 1, (compression == 0) == !features.contains(.compressionType) else {
            throw .unsafe("the qcow2 image's compression type is \(compression), against its features")
        }
        var parts = try tables(reader)
        if let pointer = extensions.encryptionHeader {
            parts.append(
                try .inside(reader, "the qcow2 encryption header", at: pointer.offset, length: pointer.length)
            )
        }
        if let pointer = extensions.bitmapDirectory {
            parts.append(
                try .inside(reader, "the qcow2 bitmap directory", at: pointer.offset, length: pointer.length)
            )
        }
        parts += try Qcow2Snapshots(self, reader).ranges
        try FileRange.checkApart(parts)
    }

    private func tables(_ reader: BoundedReader) throws(InspectionRefusal) -> [FileRange] {
        let header = try FileRange.inside(reader, "the qcow2 header", at: 0, length: UInt64(length))
        let l1 = try l1Table("the qcow2 L1 table", at: l1Offset, entries: l1Entries, reader)
        let needed = neededL1Entries
        guard UInt64(l1Entries) >= needed else {
            throw .unsafe(
                "the qcow2 L1 table has \(l1Entries) entries, but a disk of \(sizeBytes) bytes takes \(needed)"
            )
        }
        let (refcountBytes, overflow) = UInt64(refcountClusters).multipliedReportingOverflow(by: clusterBytes)
        guard !overflow, refcountBytes > 0, refcountBytes <= 8 << 20 else {
            throw .unsafe(
                "a qcow2 reference count table of \(refcountClusters) clusters; 1 cluster to 8 MiB is allowed"
            )
        }
        try checkAligned("reference count table", refcountOffset)
        let refcounts = try FileRange.inside(
            reader,
            "the qcow2 reference count table",
            at: refcountOffset,
            length: refcountBytes
        )
        return [header, l1, refcounts]
    }

    /// How many entries an L1 table must have for the disk's size.
    private var neededL1Entries: UInt64 {
        let entryBytes: UInt64 = features.contains(.extendedL2) ? 16 : 8
        let covered = clusterBytes / entryBytes * clusterBytes
        return sizeBytes / covered + (sizeBytes.isMultiple(of: covered) ? 0 : 1)
    }

    /// An L1 table's place: 32 MiB at most, aligned, inside the file.
    func l1Table(
        _ what: String,
        at offset: UInt64,
        entries: UInt32,
        _ reader: BoundedReader
    ) throws(InspectionRefusal) -> FileRange {
        let bytes = UInt64(entries) * 8
        guard bytes <= 32 << 20 else { throw .unsafe("\(what) has \(entries) entries; 4194304 at most") }
        try checkAligned("L1 table", offset)
        return try .inside(reader, what, at: offset, length: bytes)
    }

    func checkAligned(_ what: String, _ offset: UInt64) throws(InspectionRefusal) {
        guard offset.isMultiple(of: clusterBytes) else {
            throw .unsafe(
                "the qcow2 \(what) at \(offset) doesn't begin with a cluster of \(clusterBytes) bytes"
            )
        }
    }
}
