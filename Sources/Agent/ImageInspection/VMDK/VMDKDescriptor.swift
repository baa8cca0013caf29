/// The text that describes a VMDK disk: its kind, its parent and the files with its data ("The Descriptor File").
struct VMDKDescriptor {
    /// The longest that is read: VMware and QEMU write 20 sectors.
    static let maximumBytes = 64 << 10
    /// Where QEMU looks for a parent, whatever the header says: 20 sectors.
    static let parentBytes = 20 * 512

    /// The kind of disk, as it is written; nil if it isn't said.
    private(set) var createType: [UInt8]?
    /// The parent's name.
    private(set) var parent: [UInt8]?
    /// The parent's content id; all ones for a disk without one.
    private(set) var parentID: [UInt8]?
    /// The files with the data.
    private(set) var extents: [VMDKExtent] = []
    /// Whether VMware keeps keys to it.
    private(set) var isEncrypted = false

    /// Whether a file is such a text alone: as QEMU's `vmdk_probe` has it, or by its usual first line.
    static func matches(_ head: Fields) -> Bool {
        if head.hold("# Disk DescriptorFile".utf8) { return true }
        var rest = head.bytes[...]
        while !rest.isEmpty {
            var line = rest.prefix { $0 != 0x0a }
            rest = rest[line.endIndex...].dropFirst()
            if line.last == 0x0d { line.removeLast() }
            if line.first == UInt8(ascii: "#") || !line.isEmpty && line.allSatisfy({ $0 == 0x20 }) {
                continue
            }
            return ["version=1", "version=2", "version=3"].contains { line.elementsEqual($0.utf8) }
        }
        return false
    }

    /// Reads the lines; one that isn't understood could mean anything, so it is refused.
    init(_ text: some Sequence<UInt8>) throws(InspectionRefusal) {
        for line in Array(text).split(separator: 0x0a) {
            let line = Self.trimmed(line)
            guard let first = line.first, first != UInt8(ascii: "#") else { continue }
            if let extent = VMDKExtent(line) {
                extents.append(extent)
            } else if let equals = line.firstIndex(of: UInt8(ascii: "=")) {
                try take(
                    String(decoding: Self.trimmed(line[..<equals]), as: UTF8.self).lowercased(),
                    line[(equals + 1)...]
                )
            } else {
                throw .unsafe("the VMDK descriptor has a line that isn't understood (\(QuotedText.of(line)))")
            }
        }
    }

    private mutating func take(_ key: String, _ value: ArraySlice<UInt8>) throws(InspectionRefusal) {
        let value = Array(Self.trimmed(value).filter { $0 != UInt8(ascii: "\"") })
        switch key {
        case "createtype":
            guard createType == nil else { throw .unsafe("the VMDK descriptor has two createTypes") }
            createType = value
        case "parentfilenamehint": parent = value
        case "parentcid":
            guard parentID == nil else { throw .unsafe("the VMDK descriptor has two parentCIDs") }
            parentID = value
        case _ where key.hasPrefix("encryption."): isEncrypted = true
        default:
            guard !key.contains(" ") || key.hasPrefix("ddb") else {
                throw .unsafe(
                    "the VMDK descriptor has a line that isn't understood (\(QuotedText.of(key.utf8)))"
                )
            }
        }
    }

    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0d }
        guard let last = text.lastIndex(where: { !isSpace($0) }) else { return [] }
        return text[...last].drop(while: isSpace)
    }

    /// Refuses all but the two kinds that are one file, and whatever names another.
    func checkTrusted() throws(InspectionRefusal) {
        guard !isEncrypted else {
            throw .unsafe("the VMDK image is encrypted: nobody can open it without its key")
        }
        let kind = createType.map { String(decoding: $0, as: UTF8.self).lowercased() }
        guard kind == "monolithicsparse" || kind == "streamoptimized" else {
            throw .unsafe(
                "the VMDK image's createType is \(QuotedText.of(createType ?? [])); only monolithicSparse and "
                    + "streamOptimized are allowed"
            )
        }
        if let parent { throw .unsafe("the VMDK image has a parent (\(QuotedText.of(parent)))") }
        let hasParent = parentID.map {
            !String(decoding: $0, as: UTF8.self).lowercased().elementsEqual("ffffffff")
        }
        guard hasParent != true else {
            throw .unsafe("the VMDK image has a parent (parentCID \(QuotedText.of(parentID ?? [])))")
        }
        guard extents.count == 1, let extent = extents.first else {
            throw .unsafe("the VMDK descriptor has \(extents.count) extents, not one")
        }
        try extent.checkTrusted()
    }
}

/// A line of a VMDK descriptor that says where data is: `RW 131072 SPARSE "disk.vmdk" 0`.
struct VMDKExtent {
    /// How the data lies there, in lower case: `sparse`, `flat`, `zero` and more.
    let type: String
    /// The file's name; empty for a part that is all zeros.
    let name: [UInt8]

    /// Nil for other lines.
    init?(_ line: ArraySlice<UInt8>) {
        let words = line.split(whereSeparator: { $0 == 0x20 || $0 == 0x09 })
        guard let access = words.first, ["rw", "rdonly", "noaccess"].contains(Self.lowercased(access)) else {
            return nil
        }
        type = words.count > 2 ? Self.lowercased(words[2]) : ""
        guard let open = line.firstIndex(of: UInt8(ascii: "\"")),
            let close = line.lastIndex(of: UInt8(ascii: "\"")),
            open < close
        else {
            name = []
            return
        }
        name = Array(line[(open + 1)..<close])
    }

    /// The one extent of a disk in one file carries the file's own name at the time; a path never is that.
    func checkTrusted() throws(InspectionRefusal) {
        guard type == "sparse", !name.isEmpty, !name.contains(UInt8(ascii: "/")),
            !name.contains(UInt8(ascii: ":"))
        else {
            throw .unsafe(
                "the VMDK descriptor names another file (\(QuotedText.of(type.utf8)) \(QuotedText.of(name)))"
            )
        }
    }

    private static func lowercased(_ word: ArraySlice<UInt8>) -> String {
        String(decoding: word, as: UTF8.self).lowercased()
    }
}
