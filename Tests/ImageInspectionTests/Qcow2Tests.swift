import Testing

@testable import ImageInspection

@Suite struct Qcow2Tests {
    @Test(arguments: [
        "compat=0.10", "compat=1.1", "cluster_size=512", "cluster_size=2M", "extended_l2=on",
        "refcount_bits=64",
        "compression_type=zstd", "lazy_refcounts=on", "preallocation=metadata",
    ])
    func whatQemuMakesIsTaken(_ options: String) throws {
        let images = DiskImages()
        try images.create("qcow2", "a", options: options)
        let found = try images.inspect("a", claimed: .qcow2)
        #expect(found.format == .qcow2)
        #expect(found.virtualSizeBytes == 64 << 20)
        // The tables are read, too, which these make larger.
        let isLarge = ["cluster_size=512", "preallocation=metadata"].contains(options)
        #expect(found.bytesRead < (isLarge ? 98_304 : 8192))
        #expect(try images.header("a").references.isEmpty)
    }

    @Test func aBackingFileIsRefusedInAnImageAndFollowedInADisk() throws {
        let images = DiskImages()
        let base = try images.create("raw", "base")
        try images.overlay("a", on: base, format: "raw")
        #expect(throws: InspectionRefusal(.unsafe, "the qcow2 image has a backing file (\"\(base)\")")) {
            try images.inspect("a")
        }
        let header = try images.header("a")
        #expect(header.references.map(\.target) == [.path(base)])
        #expect(header.references.map(\.format) == ["raw"])
    }

    @Test func aDataFileIsRefusedInAnImageAndFollowedInADisk() throws {
        let images = DiskImages()
        let data = images.path("data")
        try images.create("qcow2", "a", options: "data_file=\(data)")
        #expect(
            throws: InspectionRefusal(.unsafe, "the qcow2 image keeps its data in another file (\"\(data)\")")
        ) {
            try images.inspect("a")
        }
        #expect(try images.header("a").references.map(\.target) == [.path(data)])
    }

    @Test func snapshotsAreTakenWhileTheyLieInTheFile() throws {
        let images = DiskImages()
        let path = try images.create("qcow2", "a")
        for name in ["one", "two", "three"] { try images.qemu("snapshot", "-c", name, path) }
        #expect(try images.inspect("a").format == .qcow2)
        var cut = images.bytes("a")
        cut.bytes[64] = 1
        #expect(throws: InspectionRefusal.self) { try ImageInspector.inspect(cut) }
    }

    @Test func encryptedOnesAreTaken() throws {
        let images = DiskImages()
        try images.createEncrypted("qcow2", "a", prefix: "encrypt.")
        #expect(try images.inspect("a").format == .qcow2)
    }
}
