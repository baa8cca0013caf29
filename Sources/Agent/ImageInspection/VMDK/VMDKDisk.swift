/// A VMDK image that holds its descriptor and its data in one file.
struct VMDKDisk {
    /// What the header says, or the footer where there is one.
    let header: VMDKHeader
    let descriptor: VMDKDescriptor

    /// Reads header, footer and descriptor.
    init(_ reader: BoundedReader) throws(InspectionRefusal) {
        let front = try VMDKHeader(try reader.whole("the VMDK header", at: 0, count: 512))
        header = front.directory == VMDKHeader.atEnd ? try Self.footer(of: front, reader) : front
        descriptor = try Self.descriptor(of: front, reader)
    }

    /// Refuses a disk that names other files, whose numbers don't fit, or whose grains lie behind the file's end.
    ///
    /// - Returns: What its tables point to.
    func checkTrusted(_ reader: BoundedReader) throws(InspectionRefusal) -> TableReach {
        try descriptor.checkTrusted()
        try header.checkBounds(reader)
        return try VMDKGrains(header, reader).reach
    }

    /// The header's copy at the end of a streamed image, between two markers; it must say the same.
    private static func footer(
        of front: VMDKHeader,
        _ reader: BoundedReader
    ) throws(InspectionRefusal) -> VMDKHeader {
        guard reader.sizeBytes >= 2048 else {
            throw .truncated(.vmdk, "a footer has to stand before its end", reader)
        }
        let end = try reader.whole("the VMDK footer", at: UInt64(reader.sizeBytes - 1536), count: 1536)
        let (size, type): (UInt32, UInt32) = (try end.little(8), try end.little(12))
        guard size == 0, type == 3 else {
            throw .truncated(.vmdk, "a footer has to stand before its end", reader)
        }
        guard try end.slice(1024, 512).allSatisfy({ $0 == 0 }) else {
            throw .unsafe("the VMDK image doesn't end with an end-of-stream marker")
        }
        let footer = try VMDKHeader(Fields(Array(try end.slice(512, 512))))
        // All up to the directories' places, which only the footer knows.
        guard try footer.fields.slice(0, 48) == front.fields.slice(0, 48) else {
            throw .unsafe("the VMDK footer isn't what the header says")
        }
        guard footer.directory != VMDKHeader.atEnd else {
            throw .unsafe("the VMDK footer speaks of another footer")
        }
        return footer
    }

    /// The descriptor's text.
    ///
    /// QEMU reads it where the header says and, looking for a parent, at 512 whatever the header says; so it must be there.
    private static func descriptor(
        of header: VMDKHeader,
        _ reader: BoundedReader
    ) throws(InspectionRefusal) -> VMDKDescriptor {
        guard header.descriptorOffset == 1 else {
            throw .unsafe("the VMDK descriptor is at sector \(header.descriptorOffset), not 1")
        }
        guard (1...UInt64(VMDKDescriptor.maximumBytes / 512)).contains(header.descriptorSectors) else {
            throw .unsafe(
                "a VMDK descriptor of \(header.descriptorSectors) sectors; 1 to \(VMDKDescriptor.maximumBytes / 512) are "
                    + "allowed"
            )
        }
        let bytes = Int(header.descriptorSectors) * 512
        let read = try reader.part(at: 512, count: max(bytes, VMDKDescriptor.parentBytes))
        let text = read.bytes.prefix { $0 != 0 }
        guard text.count <= bytes else {
            throw .unsafe("the VMDK descriptor goes on behind its \(header.descriptorSectors) sectors")
        }
        return try VMDKDescriptor(text)
    }
}
