import Testing

@testable import ImageInspection

@Suite struct LookalikeTests {
    /// Bytes that begin so, or have something at a place.
    private static func bytes(_ start: [UInt8], at offset: Int = 0) -> MemoryBytes {
        var bytes = (0..<8192).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 129) | 0x80 }
        bytes.replaceSubrange(offset..<offset + start.count, with: start)
        return MemoryBytes(bytes: bytes)
    }

    private static func text(_ text: String) -> MemoryBytes { MemoryBytes(bytes: Array(text.utf8)) }

    /// Text in UTF-16, the more significant byte first or last.
    private static func wide(_ text: String, isBig: Bool = false) -> MemoryBytes {
        let bytes = text.utf16.flatMap { unit in
            let pair = [UInt8(unit >> 8), UInt8(truncatingIfNeeded: unit)]
            return isBig ? pair : pair.reversed()
        }
        return MemoryBytes(bytes: bytes)
    }

    /// What `xz --format=lzma` begins with.
    private static func lzma(
        properties: UInt8 = 0x5d,
        dictionary: [UInt8] = [0, 0, 0x80, 0],
        length: [UInt8] = [UInt8](repeating: 0xff, count: 8),
        first: UInt8 = 0
    ) -> MemoryBytes {
        bytes([properties] + dictionary + length + [first, 0x33, 0x80])
    }

    private static func tar(_ name: String) -> MemoryBytes {
        var bytes = [UInt8](repeating: 0, count: 10_240)
        bytes.replaceSubrange(0..<name.utf8.count, with: name.utf8)
        bytes.replaceSubrange(257..<262, with: "ustar".utf8)
        return MemoryBytes(bytes: bytes)
    }

    private static var program: MemoryBytes {
        var image = bytes([0x50, 0x45, 0, 0], at: 0x80)
        image.bytes.replaceSubrange(0..<2, with: "MZ".utf8)
        image.bytes.replaceSubrange(0x3c..<0x40, with: [0x80, 0, 0, 0])
        return image
    }

    private static let samples: [(MemoryBytes, String, Lookalike.Kind)] = [
        (bytes([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), "xz", .packed),
        (bytes([0x1f, 0x8b, 8, 0]), "gzip", .packed), (bytes([0x28, 0xb5, 0x2f, 0xfd]), "zstd", .packed),
        (bytes(Array("BZh9".utf8) + [0x31, 0x41, 0x59, 0x26, 0x53, 0x59]), "bzip2", .packed),
        (bytes([4, 0x22, 0x4d, 0x18]), "lz4", .packed), (bytes([0x50, 0x4b, 3, 4]), "zip", .packed),
        (bytes([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]), "7z", .packed),
        (bytes(Array("Rar!".utf8) + [0x1a, 7, 1, 0]), "rar", .packed),
        (bytes(Array("070701".utf8)), "cpio", .packed),
        (tar("disk.raw"), "tar", .packed), (tar("appliance.ovf"), "OVA (a tar archive)", .packed),
        (tar("oci-layout"), "OCI (a tar archive)", .packed),
        (tar("blobs/sha256/ab"), "OCI (a tar archive)", .packed),
        (text("<!DOCTYPE html>\n<html><body>Not found</body></html>"), "HTML", .document),
        (text("\u{feff}\n <HTML lang=\"en\">"), "HTML", .document),
        (text("<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code></Error>"), "XML", .document),
        (text("{\"error\": \"no such image\"}"), "JSON", .document),
        (text("{\n  \"message\": 1}"), "JSON", .document),
        (text("{\"mediaType\":\"application/vnd.oci.image.index.v1+json\"}"), "an OCI manifest", .document),
        (text("version https://git-lfs.github.com/spec/v1\n"), "a Git LFS pointer", .document),
        (text("%PDF-1.7\n"), "PDF", .document),
        (wide("\u{feff}<!DOCTYPE html>\n<html>"), "HTML", .document),
        (wide("\u{feff}<html><body>Sorry</body></html>", isBig: true), "HTML", .document),
        (wide("<html>\n<body>Entschuldigung, höchst peinlich</body></html>"), "HTML", .document),
        (wide(" <?xml version=\"1.0\"?>", isBig: true), "XML", .document),
        (text("404 page not found\n"), "a text", .document),
        (text("The requested image is gone, sorry.\r\n"), "a text", .document),
        (wide("\u{feff}The image is gone, sorry."), "a text", .document),
        (lzma(), "lzma", .packed), (lzma(length: [0, 0, 0, 0x40, 0, 0, 0, 0]), "lzma", .packed),
        (bytes([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4, 0x28, 0xb5, 0x2f, 0xfd]), "zstd", .packed),
        (bytes([0x5f, 0x2a, 0x4d, 0x18, 0, 0, 1, 0]), "zstd", .packed),
        (bytes([0x52, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 9, 4, 0x22, 0x4d, 0x18]), "lz4", .packed),
        (bytes([0x7f, 0x45, 0x4c, 0x46]), "an ELF program", .program),
        (program, "a PE program", .program), (bytes(Array("hsqs".utf8)), "squashfs", .fileSystem),
        (bytes([0x53, 0xef], at: 0x438), "ext2, ext3 or ext4", .fileSystem),
    ]

    @Test func whatItReallyIsIsNamed() throws {
        for (image, name, kind) in Self.samples {
            let found = try ImageInspector.inspect(image, claimed: .raw)
            #expect(found.format == .raw && found.lookalike?.name == name && found.lookalike?.kind == kind)
            #expect(found.lookalike?.words.hasPrefix("looks like \(name)") == true)
            for claim in [ImageClaim.qcow2, .vhd, .iso] {
                let words = "the image is said to be \(claim.rawValue), but its bytes are \(name)"
                #expect(throws: InspectionRefusal(.formatMismatch, words)) {
                    try ImageInspector.inspect(image, claimed: claim)
                }
            }
        }
    }

    @Test func disksAndPlainTextLookLikeNothing() throws {
        for image in [
            PlainDisks.mbr(type: 0xee), PlainDisks.iso(), Self.text("plain text"), Self.text("<3 {\"a\":1}"),
            Self.bytes([0x4d, 0x5a]), MemoryBytes(bytes: []), MemoryBytes(bytes: [0x1f]),
            Self.bytes(Array("{\"a\":".utf8)), MemoryBytes(bytes: [UInt8](repeating: 0, count: 1_048_576)),
            MemoryBytes(bytes: [UInt8](repeating: 0, count: 100)), Self.bytes([0xff, 0xfe]),
            Self.bytes([0xfe, 0xff]), Self.wide("\u{feff}ab"),
            Self.text(String(repeating: "x", count: 5_000)),
            Self.text(String(repeating: "many words of a text ", count: 300)),
            // Nearly lzma: other properties, no power of two, a length of nothing or of too much, another beginning.
            Self.lzma(properties: 0x5e), Self.lzma(dictionary: [1, 0, 0x80, 0]),
            Self.lzma(dictionary: [0, 4, 0, 0]),
            Self.lzma(length: [UInt8](repeating: 0, count: 8)),
            Self.lzma(length: [0, 0, 0, 0, 0, 0, 0, 0x40]), Self.lzma(first: 1),
            Self.bytes([0x60, 0x2a, 0x4d, 0x18, 4, 0, 0, 0]),
        ] {
            #expect(try ImageInspector.inspect(image).lookalike == nil)
        }
    }

    @Test func encryptedDisksAreSaidToBe() throws {
        let images = DiskImages()
        try images.createEncrypted("luks", "bare")
        let words = "the image is said to be raw, but its bytes are luks, an encrypted disk"
        #expect(throws: InspectionRefusal(.formatMismatch, words)) {
            try images.inspect("bare", claimed: .raw)
        }
        try images.createEncrypted("qcow2", "inside", prefix: "encrypt.")
        #expect(try images.inspect("inside").cipher == "LUKS")
        try images.create("qcow2", "open")
        #expect(try images.inspect("open").cipher == nil)
        try images.create("vmdk", "vmware")
        var image = images.bytes("vmware")
        let (old, new) = (Array("# Extent description".utf8), Array("encryption.data=\"ab\"".utf8))
        let start = try #require((512..<4096).first { image.bytes[$0..<$0 + old.count].elementsEqual(old) })
        image.bytes.replaceSubrange(start..<start + new.count, with: new)
        let refusal = "the VMDK image is encrypted: nobody can open it without its key"
        #expect(throws: InspectionRefusal(.unsafe, refusal)) { try ImageInspector.inspect(image) }
    }
}
