import Testing

@testable import ImageInspection

@Suite struct HostileImagesTests {
    private func refusal(_ image: MemoryBytes, claimed: ImageClaim? = nil) -> InspectionRefusal? {
        do {
            _ = try ImageInspector.inspect(image, claimed: claimed)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        ("monolithicFlat", "the VMDK image is a descriptor alone: its data is in other files"),
        ("twoGbMaxExtentSparse", "the VMDK image is a descriptor alone: its data is in other files"),
        ("twoGbMaxExtentFlat", "the VMDK image is a descriptor alone: its data is in other files"),
    ])
    func aVMDKWithItsDataElsewhereIsUnsafe(_ subformat: String, _ message: String) throws {
        let images = DiskImages()
        try images.create("vmdk", "a", options: "subformat=\(subformat)")
        #expect(throws: InspectionRefusal(.unsafe, message)) { try images.inspect("a", claimed: .vmdk) }
        #expect(try images.header("a").references.count == 1)
    }

    @Test func aVMDKWithAParentIsUnsafeButFollowedInADisk() throws {
        let images = DiskImages()
        let base = try images.create("vmdk", "base")
        try images.qemu("create", "-q", "-f", "vmdk", "-b", base, "-F", "vmdk", images.path("a"))
        #expect(throws: InspectionRefusal(.unsafe, "the VMDK image has a parent (\"\(base)\")")) {
            try images.inspect("a")
        }
        #expect(try images.header("a").references.map(\.target) == [.path(base)])
    }

    @Test(arguments: ["qed", "parallels"])
    func whatNovaBansIsUnsafe(_ format: String) throws {
        let images = DiskImages()
        try images.create(format, "a")
        let name = format == "parallels" ? "ploop" : format
        #expect(throws: InspectionRefusal(.unsafe, "images of the format \(name) aren't supported")) {
            try images.inspect("a")
        }
    }

    @Test func aQEDDiskIsFollowed() throws {
        let images = DiskImages()
        let base = try images.create("raw", "base")
        try images.qemu("create", "-q", "-f", "qed", "-b", base, "-F", "raw", images.path("a"))
        let header = try images.header("a")
        #expect(header.references.map(\.target) == [.path(base)])
        #expect(header.references.map(\.format) == ["raw"])
    }

    @Test(arguments: ["qcow2", "vmdk", "vdi", "vhdx", "vpc"])
    func twoFormatsAtOnceAreUnsafe(_ format: String) throws {
        let images = DiskImages()
        try images.create(format, "a")
        for other in [PlainDisks.iso().bytes[0x8000..<0x8007], PlainDisks.mbr(type: 0x83).bytes[446..<512]] {
            var image = images.bytes("a")
            image.bytes += [UInt8](repeating: 0, count: max(0, 65_536 - image.bytes.count))
            image.bytes.replaceSubrange(other.indices, with: other)
            let found = refusal(image)
            #expect(found?.code == .unsafe)
            if format != "vpc" {
                #expect(found?.description.hasPrefix("the image is several formats at once: ") == true)
            }
        }
    }

    @Test func aFileThatIsTwoDisksIsUnsafe() throws {
        let images = DiskImages()
        try images.create("qcow2", "a")
        try images.create("vpc", "b", options: "subformat=fixed", size: "1M")
        var image = images.bytes("a")
        image.bytes += images.bytes("b").bytes.suffix(512)
        #expect(refusal(image)?.description == "the image is several formats at once: qcow2, vhd")
    }
}
