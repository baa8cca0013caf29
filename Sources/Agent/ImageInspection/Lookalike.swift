/// What bytes without a disk's mark look like: something packed, a document, a program, or a file system without a
/// partition table around it.
package struct Lookalike: Hashable, Sendable {
    /// What becomes of it where a disk is wanted.
    package enum Kind: Sendable {
        /// A disk may be in it, but it has to be unpacked first.
        case packed
        /// Text, such as a server's error message; never part of anything that boots.
        case document
        /// Something to be run; kernels are.
        case program
        /// A file system or another way to lay out a disk.
        case fileSystem
    }

    /// Its name: `xz`.
    package let name: String
    /// What it is.
    package let kind: Kind

    /// What it looks like, for people.
    package var words: String {
        switch kind {
        case .packed: "looks like \(name), which has to be unpacked to be a disk"
        case .document, .program: "looks like \(name), not like a disk"
        case .fileSystem: "looks like \(name) without a partition table"
        }
    }

    /// What the first ``headBytes`` look like, the whole of a file that has no more; nil for nothing that we know.
    static func of(_ head: Fields) -> Lookalike? {
        if let mark = marks.first(where: { head.hold($0.bytes, at: $0.offset) }) {
            return Lookalike(name: mark.name, kind: mark.kind)
        }
        if head.hold("ustar".utf8, at: 257) { return Lookalike(name: tar(head), kind: .packed) }
        if let name = framed(head) ?? lzma(head) { return Lookalike(name: name, kind: .packed) }
        if let place: UInt32 = try? head.little(0x3c), head.hold("MZ".utf8),
            head.hold([0x50, 0x45, 0, 0], at: Int(place))
        {
            return Lookalike(name: "a PE program", kind: .program)
        }
        let text = ImageText(head)
        return text?.name.map { Lookalike(name: $0, kind: .document) }
    }

    /// How much of a file is looked at.
    static let headBytes = 4096

    /// What stands behind a skippable frame, which zstd and lz4 have alike (RFC 8878, section 3.1.2): pzstd begins so.
    private static func framed(_ head: Fields) -> String? {
        guard let first: UInt32 = try? head.little(0), first & ~0xf == 0x184d_2a50,
            let length: UInt32 = try? head.little(4)
        else { return nil }
        return head.hold([4, 0x22, 0x4d, 0x18], at: 8 + Int(length)) ? "lz4" : "zstd"
    }

    /// Whether it is what xz's `--format=lzma` makes, which has no mark: the usual properties, a dictionary of a power of
    /// two, a length that is possible or not told, and the 0 that the coder begins with.
    private static func lzma(_ head: Fields) -> String? {
        guard head.hold([0x5d]), let dictionary: UInt32 = try? head.little(1), dictionary >= 4096,
            dictionary & (dictionary - 1) == 0, let length: UInt64 = try? head.little(5),
            length == .max || (1..<1 << 38).contains(length), head.hold([0], at: 13)
        else { return nil }
        return "lzma"
    }

    /// Which kind of archive a tar file is, by the name of its first member.
    private static func tar(_ head: Fields) -> String {
        let name = String(decoding: head.bytes.prefix(100).prefix { $0 != 0 }, as: UTF8.self)
        if name.hasSuffix(".ovf") { return "OVA (a tar archive)" }
        let parts = ["oci-layout", "index.json", "blobs/", "manifest.json"]
        return parts.contains(where: name.hasPrefix) ? "OCI (a tar archive)" : "tar"
    }
}

/// Bytes at a place that tell what something is.
private struct Mark {
    let name: String
    let kind: Lookalike.Kind
    let bytes: [UInt8]
    let offset: Int

    init(_ name: String, _ kind: Lookalike.Kind, _ bytes: [UInt8], at offset: Int = 0) {
        (self.name, self.kind, self.bytes, self.offset) = (name, kind, bytes, offset)
    }

    init(_ name: String, _ kind: Lookalike.Kind, _ text: String, at offset: Int = 0) {
        self.init(name, kind, Array(text.utf8), at: offset)
    }
}

/// The marks of the formats' own specifications.
///
/// Those of two bytes are for file systems alone, which are never refused.
private let marks = [
    Mark("xz", .packed, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]),
    Mark("gzip", .packed, [0x1f, 0x8b, 8]),
    Mark("zstd", .packed, [0x28, 0xb5, 0x2f, 0xfd]),
    Mark("bzip2", .packed, [0x31, 0x41, 0x59, 0x26, 0x53, 0x59], at: 4),
    Mark("lz4", .packed, [4, 0x22, 0x4d, 0x18]),
    Mark("lzip", .packed, "LZIP\u{1}"),
    Mark("lzop", .packed, [0x89, 0x4c, 0x5a, 0x4f, 0, 0x0d, 0x0a, 0x1a, 0x0a]),
    Mark("zip", .packed, [0x50, 0x4b, 3, 4]),
    Mark("zip", .packed, [0x50, 0x4b, 5, 6]),
    Mark("7z", .packed, [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]),
    Mark("rar", .packed, [0x52, 0x61, 0x72, 0x21, 0x1a, 7]),
    Mark("cab", .packed, [0x4d, 0x53, 0x43, 0x46, 0, 0, 0, 0]),
    Mark("cpio", .packed, "070701"), Mark("cpio", .packed, "070702"), Mark("cpio", .packed, "070707"),
    Mark("ar (a Debian package, say)", .packed, "!<arch>\n"),
    Mark("rpm", .packed, [0xed, 0xab, 0xee, 0xdb]),
    Mark("WIM", .packed, "MSWIM\0\0\0"),
    Mark("an Android sparse image", .packed, [0x3a, 0xff, 0x26, 0xed]),
    Mark("EnCase", .packed, [0x45, 0x56, 0x46, 9, 0x0d, 0x0a, 0xff, 0]),
    Mark("PDF", .document, "%PDF-"),
    Mark("a Git LFS pointer", .document, "version https://git-lfs.github.com/spec/"),
    Mark("a PGP message", .document, "-----BEGIN PGP "),
    Mark("a BitTorrent file", .document, "d8:announce"),
    Mark("an ELF program", .program, [0x7f, 0x45, 0x4c, 0x46]),
    Mark("a shell script", .program, "#!/"),
    Mark("a Linux kernel", .program, "HdrS", at: 0x202),
    Mark("a Linux kernel", .program, "ARM\u{64}", at: 0x38),
    Mark("squashfs", .fileSystem, "hsqs"),
    Mark("XFS", .fileSystem, "XFSB"),
    Mark("ext2, ext3 or ext4", .fileSystem, [0x53, 0xef], at: 0x438),
    Mark("erofs", .fileSystem, [0xe2, 0xe1, 0xf5, 0xe0], at: 1024),
    Mark("NTFS", .fileSystem, "NTFS    ", at: 3),
    Mark("BitLocker, an encrypted disk,", .fileSystem, "-FVE-FS-", at: 3),
    Mark("FAT", .fileSystem, "FAT32   ", at: 82),
    Mark("LVM", .fileSystem, "LABELONE", at: 512),
    Mark("swap space", .fileSystem, "SWAPSPACE2", at: 4086),
]
