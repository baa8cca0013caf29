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

/// A partition table at a disk's beginning, if there is one.
enum PartitionTable {
    /// Whether a boot sector's signature is there; a FAT file system's own boot sector doesn't count.
    static func hasSignature(_ head: Fields) -> Bool {
        guard head.hold([0x55, 0xaa], at: 510) else { return false }
        let isFAT = head.hold([2], at: 0x10) && head.hold([0xf8], at: 0x15)
        return !isFAT
    }

    /// What the table is: `gpt` or `mbr`; nil for a boot sector without partitions.
    static func kind(_ head: Fields) throws(InspectionRefusal) -> ImageFormat? {
        guard hasSignature(head) else { return nil }
        var isUsed = false
        for entry in stride(from: 446, to: 510, by: 16) {
            let flag: UInt8 = try head.big(entry)
            let type: UInt8 = try head.big(entry + 4)
            guard flag == 0 || flag == 0x80 else { return nil }
            if type == 0xee { return .gpt }
            if type != 0 { isUsed = true }
        }
        return isUsed ? .mbr : nil
    }
}

/// The file system of an optical disk.
enum OpticalDisk {
    /// Whether the first volume descriptor is there: ISO 9660 (ECMA-119, 8.1) or UDF (ECMA-167, part 2, 9.1).
    static func matches(_ reader: BoundedReader) throws(InspectionRefusal) -> Bool {
        let descriptor = try reader.part(at: 0x8000, count: 8)
        return ["CD001", "NSR02", "NSR03"].contains { descriptor.hold($0.utf8, at: 1) }
    }
}
