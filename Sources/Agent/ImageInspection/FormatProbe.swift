/// Which formats an image's bytes could be taken for.
struct FormatProbe {
    /// The formats whose mark is there, partition tables apart.
    let formats: [ImageFormat]
    /// Whether a boot sector's signature is there.
    let hasBootSector: Bool
    /// `gpt` or `mbr` where there is such a table.
    let partitions: ImageFormat?

    init(_ reader: BoundedReader) throws(InspectionRefusal) {
        let head = try reader.head()
        var formats: [ImageFormat] = []
        if let format = Self.marked(head) { formats.append(format) }
        if VDIHeader.matches(head) { formats.append(.vdi) }
        // A dynamic disk has a copy of its footer in front; a fixed one has it at the end only.
        if !formats.contains(.vhd), try VHDFooter.atEnd(reader)?.isFixed == true { formats.append(.vhd) }
        if try OpticalDisk.matches(reader) { formats.append(.iso) }
        self.formats = formats
        hasBootSector = PartitionTable.hasSignature(head)
        partitions = try PartitionTable.kind(head)
    }

    /// The format that the first bytes say; each says one at most.
    static func marked(_ head: Fields) -> ImageFormat? {
        if Qcow2Header.matches(head) { return .qcow2 }
        if QEDHeader.matches(head) { return .qed }
        if VMDKHeader.matches(head) || VMDKDescriptor.matches(head) { return .vmdk }
        if VHDFooter.matches(head) { return .vhd }
        if VHDXHeader.matches(head) { return .vhdx }
        if LUKSHeader.matches(head) { return .luks }
        return OtherFormats.match(head)
    }

    /// The one format that the image is.
    ///
    /// - Throws: ``InspectionRefusal`` with `unsafe` if it is several at once: one program would see another disk than the
    ///   next.
    func single() throws(InspectionRefusal) -> ImageFormat {
        guard let format = formats.first else { return partitions ?? .raw }
        var names = formats.map(\.rawValue)
        if hasBootSector, !format.mayBeginWithBootSector { names.append((partitions ?? .mbr).rawValue) }
        guard names.count == 1 else {
            throw .unsafe("the image is several formats at once: \(names.joined(separator: ", "))")
        }
        return format
    }
}

extension ImageFormat {
    /// Whether a boot sector in front is part of the format, and not a second one.
    fileprivate var mayBeginWithBootSector: Bool {
        switch self {
        // Optical disks that also boot from USB have one, and so has the disk in a fixed VHD.
        case .iso, .vhd: true
        // A key slot's random salt lies where the signature would be.
        case .luks: true
        case .raw, .gpt, .mbr, .qcow2, .vmdk, .vhdx, .vdi, .qed, .ploop, .bochs, .cloop: false
        }
    }
}
