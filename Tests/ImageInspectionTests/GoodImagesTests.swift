import Testing

@testable import ImageInspection

@Suite struct GoodImagesTests {
    /// What qemu-img makes, with our name and Glance's for it.
    struct Case: CustomTestStringConvertible {
        let qemu: String
        var options = ""
        let format: ImageFormat
        let claim: ImageClaim

        var testDescription: String { "\(qemu) \(options)" }
    }

    @Test(arguments: [
        Case(qemu: "raw", format: .raw, claim: .raw),
        Case(qemu: "raw", format: .raw, claim: .ami),
        Case(qemu: "qcow2", format: .qcow2, claim: .qcow2),
        Case(qemu: "qcow2", options: "compat=0.10", format: .qcow2, claim: .qcow2),
        Case(qemu: "vmdk", options: "subformat=monolithicSparse", format: .vmdk, claim: .vmdk),
        Case(qemu: "vmdk", options: "subformat=streamOptimized", format: .vmdk, claim: .vmdk),
        Case(qemu: "vpc", options: "subformat=dynamic", format: .vhd, claim: .vhd),
        Case(qemu: "vpc", options: "subformat=fixed", format: .vhd, claim: .vhd),
        Case(qemu: "vpc", options: "subformat=dynamic,force_size=on", format: .vhd, claim: .vhd),
        Case(qemu: "vpc", options: "subformat=fixed,force_size=on", format: .vhd, claim: .vhd),
        Case(qemu: "vhdx", options: "subformat=dynamic", format: .vhdx, claim: .vhdx),
        Case(qemu: "vhdx", options: "subformat=fixed", format: .vhdx, claim: .vhdx),
        Case(qemu: "vhdx", options: "block_size=256M,log_size=4M", format: .vhdx, claim: .vhdx),
        Case(qemu: "vdi", format: .vdi, claim: .vdi),
        Case(qemu: "vdi", options: "static=on", format: .vdi, claim: .vdi),
    ])
    func isTakenWithTheSizeThatQemuGivesIt(_ it: Case) throws {
        let images = DiskImages()
        try images.create(it.qemu, "a", options: it.options, size: "40M")
        let found = try images.inspect("a", claimed: it.claim)
        #expect(found.format == it.format)
        #expect(found.virtualSizeBytes == (try images.convertedBytes("a", from: it.qemu)))
        #expect(found.bytesRead <= ImageInspector.maximumBytesRead)
        #expect(try images.header("a").references.isEmpty)
        for claim in ImageClaim.allCases where !claim.fits(it.format) {
            #expect(
                throws: InspectionRefusal(
                    .formatMismatch,
                    "the image is said to be \(claim.rawValue), but its bytes are \(it.format.rawValue)"
                )
            ) { try images.inspect("a", claimed: claim) }
        }
    }

    @Test(arguments: ["monolithicSparse", "streamOptimized"])
    func aVMDKWithDataIsTaken(_ subformat: String) throws {
        let images = DiskImages()
        images.write("data", (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) })
        try images.qemu(
            "convert",
            "-f",
            "raw",
            "-O",
            "vmdk",
            "-o",
            "subformat=\(subformat)",
            images.path("data"),
            images.path("a")
        )
        let found = try images.inspect("a", claimed: .vmdk)
        #expect(found.virtualSizeBytes == (try images.convertedBytes("a", from: "vmdk")))
    }

    @Test func encryptedDisksAreToldApartButFitNoClaim() throws {
        let images = DiskImages()
        try images.createEncrypted("luks", "a")
        let found = try images.inspect("a")
        #expect(found.format == .luks)
        #expect(found.virtualSizeBytes == 8 << 20)
        for claim in ImageClaim.allCases {
            #expect(throws: InspectionRefusal.self) { try images.inspect("a", claimed: claim) }
        }
    }

    @Test func partitionsAndOpticalDisksArePlain() throws {
        let mbr = PlainDisks.mbr(type: 0x83)
        let gpt = PlainDisks.mbr(type: 0xee)
        var bootable = PlainDisks.iso()
        bootable.bytes.replaceSubrange(0..<512, with: gpt.bytes[0..<512])
        for (image, claim, format) in [
            (mbr, ImageClaim.raw, ImageFormat.mbr), (gpt, .raw, .gpt), (PlainDisks.iso(), .iso, .iso),
            (bootable, .iso, .iso), (MemoryBytes(bytes: []), .raw, .raw),
        ] {
            let found = try ImageInspector.inspect(image, claimed: claim)
            #expect(found.format == format)
            #expect(found.virtualSizeBytes == image.sizeBytes)
            #expect(format.isPlain)
        }
        #expect(throws: InspectionRefusal.self) { try ImageInspector.inspect(bootable, claimed: .raw) }
        #expect(throws: InspectionRefusal.self) { try ImageInspector.inspect(mbr, claimed: .iso) }
    }
}
