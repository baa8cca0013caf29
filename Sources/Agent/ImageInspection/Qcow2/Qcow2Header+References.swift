extension Qcow2Header {
    /// The backing file's name, or nil without one.
    func backingName(_ reader: BoundedReader) throws(InspectionRefusal) -> [UInt8]? {
        guard backingOffset != 0 else { return nil }
        guard backingLength <= 1023, backingOffset >= UInt64(length), backingOffset <= clusterBytes,
            UInt64(backingLength) <= clusterBytes - backingOffset
        else {
            throw .unsafe(
                "a qcow2 backing file name of \(backingLength) bytes at \(backingOffset); at most 1023 bytes within "
                    + "the first cluster (\(clusterBytes) bytes) are allowed"
            )
        }
        return try reader.whole("the qcow2 backing file name", at: backingOffset, count: Int(backingLength))
            .bytes
    }

    /// The files that the image needs beside itself.
    func references(_ reader: BoundedReader) throws(InspectionRefusal) -> [DiskReference] {
        let extensions = try Qcow2Extensions(self, reader)
        var references: [DiskReference] = []
        if let name = try backingName(reader), !name.isEmpty {
            references.append(DiskReference(.backing, name: name, format: extensions.backingFormat))
        }
        if features.contains(.externalDataFile) {
            references.append(
                DiskReference(.data, name: extensions.dataFile ?? [], format: Array("raw".utf8))
            )
        }
        return references
    }
}
