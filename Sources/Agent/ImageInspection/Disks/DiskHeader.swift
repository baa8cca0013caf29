/// What an instance's disk says of itself: its format and the files it stands on, which it rightly may have.
///
/// For finding out what is in use, not for trusting anything: that is ``ImageInspector``'s.
package struct DiskHeader: Hashable, Sendable {
    /// What the disk's bytes are; `raw` for all that can't need another file.
    package let format: ImageFormat
    /// The files that it needs beside itself; none for a disk that stands alone.
    package let references: [DiskReference]

    /// Reads a disk's header: for a qcow2 disk its first 4 KiB as a rule.
    ///
    /// - Throws: ``InspectionRefusal`` if the header can't be read (`unreadable`) or makes no sense (`unsafe`): then the
    ///   disk may need any file.
    package init(_ bytes: some ImageBytes) throws(InspectionRefusal) {
        let reader = BoundedReader(bytes)
        let head = try reader.head()
        format = FormatProbe.marked(head) ?? (VDIHeader.matches(head) ? .vdi : .raw)
        references = try Self.references(format, head, reader)
    }

    private static func references(
        _ format: ImageFormat,
        _ head: Fields,
        _ reader: BoundedReader
    ) throws(InspectionRefusal) -> [DiskReference] {
        switch format {
        case .qcow2: try Qcow2Header(reader).references(reader)
        case .qed: try QEDHeader(reader).references(reader)
        case .vmdk: try vmdkReferences(head, reader)
        // These know their parent by more than a name; nobody runs instances on them.
        case .vhd: try VHDDisk(reader).footer.isDifferencing ? [.unknownParent] : []
        case .vhdx: try VHDXDisk(reader).metadata.hasParent ? [.unknownParent] : []
        case .vdi: try VDIHeader(reader).hasParent ? [.unknownParent] : []
        case .raw, .gpt, .mbr, .iso, .luks, .ploop, .bochs, .cloop: []
        }
    }

    /// The parent, and what a descriptor alone, or one in front of a disk of no size, says of files with the data.
    private static func vmdkReferences(
        _ head: Fields,
        _ reader: BoundedReader
    ) throws(InspectionRefusal) -> [DiskReference] {
        guard VMDKDescriptor.matches(head) else {
            let disk = try VMDKDisk(reader)
            return disk.descriptor.parents + (disk.header.capacity == 0 ? disk.descriptor.dataFiles : [])
        }
        let text = try reader.part(at: 0, count: VMDKDescriptor.maximumBytes)
        guard Int64(text.count) == reader.sizeBytes else {
            throw .unsafe(
                "a VMDK descriptor of \(reader.sizeBytes) bytes; \(VMDKDescriptor.maximumBytes) at most"
            )
        }
        let descriptor = try VMDKDescriptor(text.bytes.prefix { $0 != 0 })
        return descriptor.parents + descriptor.dataFiles
    }
}

extension DiskReference {
    fileprivate static let unknownParent = DiskReference(
        role: .backing,
        target: .unclear,
        name: "",
        format: nil
    )
}

extension VMDKDescriptor {
    fileprivate var parents: [DiskReference] { parent.map { [DiskReference(.backing, name: $0)] } ?? [] }

    fileprivate var dataFiles: [DiskReference] {
        extents.filter { !$0.name.isEmpty }.map { DiskReference(.data, name: $0.name) }
    }
}
