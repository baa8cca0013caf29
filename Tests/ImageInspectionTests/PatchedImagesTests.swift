import Testing

@testable import ImageInspection

/// Images that qemu-img made and somebody changed by a few bytes.
@Suite struct PatchedImagesTests {
    /// A change of a few bytes and what it is refused for.
    struct Patch: CustomTestStringConvertible {
        let offset: Int
        let bytes: [UInt8]
        let message: String

        init(_ offset: Int, _ bytes: [UInt8], _ message: String) {
            (self.offset, self.bytes, self.message) = (offset, bytes, message)
        }

        var testDescription: String { message }
    }

    private func check(_ format: String, options: String = "", _ patch: Patch) throws {
        let images = DiskImages()
        try images.create(format, "a", options: options)
        var image = images.bytes("a")
        let start = patch.offset < 0 ? image.bytes.count + patch.offset : patch.offset
        image.bytes.replaceSubrange(start..<start + patch.bytes.count, with: patch.bytes)
        #expect(throws: InspectionRefusal(.unsafe, patch.message)) { try ImageInspector.inspect(image) }
    }

    @Test(arguments: [
        Patch(4, [0, 0, 0, 1], "qcow2 version 1 isn't supported, only 2 and 3"),
        Patch(4, [0, 0, 0, 4], "qcow2 version 4 isn't supported, only 2 and 3"),
        Patch(8, [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 8], "the qcow2 image has a backing file (\"????????\")"),
        Patch(
            8,
            [0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 8],
            "a qcow2 backing file name of 8 bytes at 65535; at most 1023 bytes within the first cluster (65536 bytes) "
                + "are allowed"
        ),
        Patch(20, [0, 0, 0, 8], "qcow2 clusters of 2^8 bytes; 2^9 to 2^21 are allowed"),
        Patch(20, [0, 0, 0, 64], "qcow2 clusters of 2^64 bytes; 2^9 to 2^21 are allowed"),
        Patch(24, [0xff], "a qcow2 disk of 18374686479738732544 bytes"),
        Patch(
            24,
            [0, 0, 1],
            "the qcow2 L1 table has 1 entries, but a disk of 1099578736640 bytes takes 2049"
        ),
        Patch(32, [0, 0, 0, 3], "unknown qcow2 encryption method 3"),
        Patch(
            36,
            [0, 0, 2, 0],
            "the qcow2 L1 table (4096 bytes at 196608) is outside the file of 196616 bytes"
        ),
        Patch(36, [0x7f], "the qcow2 L1 table has 2130706433 entries; 4194304 at most"),
        Patch(
            40,
            [0x7f],
            "the qcow2 L1 table (8 bytes at 9151314442817044480) is outside the file of 196616 bytes"
        ),
        Patch(
            40,
            [0xff],
            "the qcow2 L1 table (8 bytes at 18374686479671820288) is outside the file of 196616 bytes"
        ),
        Patch(45, [0], "the qcow2 header (0 to 112) and the qcow2 L1 table (0 to 8) overlap"),
        Patch(47, [8], "the qcow2 L1 table at 196616 doesn't begin with a cluster of 65536 bytes"),
        Patch(
            48,
            [0, 0, 0, 0, 0, 3, 0, 0],
            "the qcow2 reference count table (65536 bytes at 196608) is outside the file of 196616 bytes"
        ),
        Patch(
            56,
            [0, 0, 0, 0],
            "a qcow2 reference count table of 0 clusters; 1 cluster to 8 MiB is allowed"
        ),
        Patch(
            56,
            [0xff],
            "a qcow2 reference count table of 4278190081 clusters; 1 cluster to 8 MiB is allowed"
        ),
        Patch(
            60,
            [0, 0, 0, 1, 0, 0, 0, 0, 0, 9, 0, 0],
            "the qcow2 snapshot 1 (40 bytes at 589824) is outside the file of 196616 bytes"
        ),
        Patch(60, [0, 1, 0, 0], "the qcow2 image has 65536 snapshots; 512 at most are looked at"),
        Patch(79, [4], "the qcow2 image keeps its data in another file (\"\")"),
        Patch(79, [0x20], "the qcow2 image needs unknown features (bits 0x20)"),
        Patch(72, [0x80], "the qcow2 image needs unknown features (bits 0x8000000000000000)"),
        Patch(79, [8], "the qcow2 image's compression type is 0, against its features"),
        Patch(96, [0, 0, 0, 7], "qcow2 reference counts of 2^7 bits; 2^6 at most"),
        Patch(
            100,
            [0, 0, 0, 72],
            "a qcow2 header of 72 bytes; a multiple of 8 from 104 to a cluster (65536) is allowed"
        ),
        Patch(
            100,
            [0, 1, 0, 8],
            "a qcow2 header of 65544 bytes; a multiple of 8 from 104 to a cluster (65536) is allowed"
        ),
        Patch(
            116,
            [0, 1, 0, 0],
            "a qcow2 header extension of 65536 bytes at 112 reaches beyond the header's end at 65536"
        ),
        Patch(
            112,
            [0x44, 0x41, 0x54, 0x41, 0, 0, 0, 8],
            "the qcow2 image keeps its data in another file (\"??dirty \")"
        ),
    ])
    func aQcow2(_ patch: Patch) throws { try check("qcow2", patch) }

    @Test(arguments: [
        Patch(4, [9], "VMDK version 9 isn't supported, only 1 to 3"),
        Patch(12, [0, 0, 0, 0, 0, 0, 0, 0], "a VMDK disk of 0 sectors"),
        Patch(19, [0xff], "a VMDK disk of 18374686479671754752 sectors"),
        Patch(20, [3], "VMDK grains of 3 sectors; a power of two up to 2097152 is allowed"),
        Patch(28, [0], "the VMDK descriptor is at sector 0, not 1"),
        Patch(28, [2], "the VMDK descriptor is at sector 2, not 1"),
        Patch(36, [0], "a VMDK descriptor of 0 sectors; 1 to 128 are allowed"),
        Patch(38, [1], "a VMDK descriptor of 65556 sectors; 1 to 128 are allowed"),
        Patch(44, [0, 0], "VMDK grain tables of 0 entries; 1 to 512 are allowed"),
        Patch(
            56,
            [0xff, 0xff, 0xff, 0xff],
            "the VMDK grain directory (8 bytes at 2199023255040) is outside the file of 65536 bytes"
        ),
        Patch(63, [0xff], "the VMDK grain directory at sector 18374686479671623710 is outside the file"),
        Patch(77, [2], "unknown VMDK compression 2"),
    ])
    func aVMDK(_ patch: Patch) throws { try check("vmdk", patch) }

    @Test(arguments: [
        (
            "createType=\"monolithicSparse\"", "createType=\"vmfsSparse\"\n     ",
            "the VMDK image's createType is \"vmfsSparse\"; only monolithicSparse and streamOptimized are allowed"
        ),
        (
            "createType=\"monolithicSparse\"", "#reateType=\"monolithicSparse\"",
            "the VMDK image's createType is \"\"; only monolithicSparse and streamOptimized are allowed"
        ),
        ("SPARSE \"a\"", "SPARSE \"/\"", "the VMDK descriptor names another file (\"sparse\" \"/\")"),
        ("SPARSE \"a\"", "FLAT   \"a\"", "the VMDK descriptor names another file (\"flat\" \"a\")"),
        ("RW 131072 ", "#W 131072 ", "the VMDK descriptor has 0 extents, not one"),
        (
            "RW 131072 ", "RE 131072 ",
            "the VMDK descriptor has a line that isn't understood (\"RE 131072 SPARSE \"a\"\")"
        ),
        ("# Extent description", "RW 1 SPARSE \"etc-x\"\n", "the VMDK descriptor has 2 extents, not one"),
        ("parentCID=ffffffff", "parentCID=fffffffe", "the VMDK image has a parent (parentCID \"fffffffe\")"),
        ("# Extent description", "parentFileNameHint=x", "the VMDK image has a parent (\"x\")"),
        ("# Extent description", "PARENTFILENAMEHINT=x", "the VMDK image has a parent (\"x\")"),
    ])
    func aVMDKDescriptor(_ old: String, _ new: String, _ message: String) throws {
        let images = DiskImages()
        try images.create("vmdk", "a")
        var image = images.bytes("a")
        let (old, new) = (Array(old.utf8), Array(new.utf8))
        let start = try #require(
            (512..<4096).first { image.bytes[$0..<$0 + old.count].elementsEqual(old) }
        )
        image.bytes.replaceSubrange(start..<start + new.count, with: new)
        #expect(throws: InspectionRefusal(.unsafe, message)) { try ImageInspector.inspect(image) }
    }

    @Test(arguments: [
        Patch(60, [0, 0, 0, 4], "the VHD footer's checksum is wrong"),
        Patch(512, [0], "the VHD dynamic header at 512 is damaged"),
        Patch(-512, [0], "the VHD footer at the end isn't the one in front"),
    ])
    func aVHD(_ patch: Patch) throws { try check("vpc", patch) }

    @Test(arguments: [
        Patch(0x44, [2], "VDI version 1.2 isn't supported, only 1.1"),
        Patch(0x4c, [4], "VDI type 4 isn't supported, only 1 (dynamic) and 2 (static)"),
        Patch(0x154, [1], "the VDI map at 513 or data at 1024 don't begin with a sector"),
        Patch(0x154, [0, 0], "the VDI header (0 to 512) and the VDI map (0 to 256) overlap"),
        Patch(0x157, [1], "the VDI map (256 bytes at 16777728) is outside the file of 1024 bytes"),
        Patch(0x158, [0, 0], "the VDI data at 0 begins before its map's end at 768"),
        Patch(0x169, [0], "a VDI image with sectors of 0 and blocks of 1048576 bytes, not 512 and 1 MiB"),
        Patch(0x177, [1], "a VDI image of 72057594105036800 bytes in 64 blocks"),
        Patch(0x177, [0xff], "a VDI disk of 18374686479738732544 bytes"),
        Patch(0x1a8, [1], "the VDI image stands on another disk"),
        Patch(0x1c7, [1], "the VDI image stands on another disk"),
    ])
    func aVDI(_ patch: Patch) throws { try check("vdi", patch) }

    @Test(arguments: [
        Patch(196_608, [0], "the VHDX region table is damaged"),
        Patch(196_640, [1], "the VHDX region table is damaged"),
        Patch(262_160, [1], "the two VHDX region tables differ"),
    ])
    func aVHDX(_ patch: Patch) throws { try check("vhdx", patch) }
}
