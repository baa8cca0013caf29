import Glibc
import TestSupport
import Testing

@testable import ImageInspection

/// Images that end before what their tables point to.
@Suite struct TruncatedImagesTests {
    /// A kind of image as qemu-img writes it.
    struct Kind: CustomTestStringConvertible {
        let qemu: String
        var options = ""
        var flags: [String] = []

        var testDescription: String { "\(qemu) \(options) \(flags.joined())" }
    }

    /// 24 MiB, of which the last four and two in the middle are zeros; the rest can be compressed to a half.
    private static let disk: [UInt8] = {
        var random = SplitMix(seed: 11)
        let block = (0..<8192).flatMap { _ in
            withUnsafeBytes(of: random.next() & 0x0f0f_0f0f_0f0f_0f0f) { Array($0) }
        }
        let hole = [UInt8](repeating: 0, count: 65_536)
        return (0..<384).flatMap { $0 < 320 && !(128..<160).contains($0) ? block : hole }
    }()

    /// An image of that disk.
    private func image(_ kind: Kind) throws -> (images: DiskImages, bytes: MemoryBytes) {
        let images = DiskImages()
        images.write("disk", Self.disk)
        let options = kind.options.isEmpty ? [] : ["-o", kind.options]
        try ChildProcess.run(
            ["qemu-img", "convert", "-f", "raw", "-O", kind.qemu] + kind.flags + options
                + [images.path("disk"), images.path("a")]
        )
        return (images, images.bytes("a"))
    }

    @Test(arguments: [
        Kind(qemu: "qcow2"), Kind(qemu: "qcow2", flags: ["-c"]), Kind(qemu: "qcow2", options: "compat=0.10"),
        Kind(qemu: "qcow2", options: "cluster_size=4096"), Kind(qemu: "qcow2", options: "cluster_size=2M"),
        Kind(qemu: "qcow2", options: "extended_l2=on"),
        Kind(qemu: "qcow2", options: "compression_type=zstd", flags: ["-c"]),
        Kind(qemu: "qcow2", options: "cluster_size=512"),
        Kind(qemu: "qcow2", options: "cluster_size=512", flags: ["-c"]), Kind(qemu: "vdi"),
        Kind(qemu: "vmdk"), Kind(qemu: "vmdk", options: "subformat=streamOptimized"),
        Kind(qemu: "vpc", options: "force_size=on"), Kind(qemu: "vhdx"),
        Kind(qemu: "vhdx", options: "block_size=1M"),
    ])
    func anImageIsRefusedWhereverItIsCut(_ kind: Kind) throws {
        let (_, whole) = try image(kind)
        let found = try ImageInspector.inspect(whole)
        #expect(found.virtualSizeBytes == 24 << 20)
        #expect(found.bytesRead <= ImageInspector.maximumBytesRead)
        #expect(found.allocatedBytes >= 18 << 20)
        // Behind a compressed disk's end may be a few zeros that nobody reads.
        let count = try #require(whole.bytes.lastIndex { $0 != 0 }) + 1
        for rest in [count / 10, count * 6 / 10, count * 9 / 10, count - 1_500_000, count - 4096] {
            let cut = MemoryBytes(bytes: Array(whole.bytes[..<rest]))
            let error = #expect(throws: InspectionRefusal.self, "\(rest) of \(count) bytes") {
                try ImageInspector.inspect(cut)
            }
            #expect(error?.code == .unsafe)
            guard rest >= count / 2 else { continue }
            let words = error?.description ?? ""
            // Of small clusters so many are needed that the reference counts' own table lies far behind.
            let places = ["is truncated: its tables reach to byte ", "table ("]
            #expect(places.contains(where: words.contains), "\(words)")
            let ends = [", but the file has \(rest) bytes", " is outside the file of \(rest) bytes"]
            #expect(ends.contains(where: words.hasSuffix), "\(words)")
        }
    }

    @Test func aDiskThatEndsInMidClusterNeedsNoMore() throws {
        let images = DiskImages()
        images.write("disk", [UInt8](repeating: 7, count: 100_352))
        try images.qemu("convert", "-f", "raw", "-O", "qcow2", images.path("disk"), images.path("a"))
        var image = images.bytes("a")
        let end = try #require(image.bytes.lastIndex(of: 7)) + 1
        image.bytes.removeSubrange(end...)
        #expect(try ImageInspector.inspect(image).virtualSizeBytes == 100_352)
        image.bytes.removeLast()
        #expect(throws: InspectionRefusal.self) { try ImageInspector.inspect(image) }
    }

    /// Sixteen L2 tables of 64 KiB, more than may be read; and the data at the file's end belongs to the first one.
    @Test func whereTheTablesAreTooManyTheReferenceCountsTell() throws {
        let images = DiskImages()
        let path = try images.create("qcow2", "a", size: "8G")
        let writes = (0..<16).flatMap { ["-c", "write \($0 * 512)M 64k"] } + ["-c", "write 1M 1M"]
        try ChildProcess.run(["qemu-io", "-f", "qcow2"] + writes + [path])
        let found = try images.inspect("a", claimed: .qcow2)
        #expect(!found.isKnownWhole && found.bytesRead <= ImageInspector.maximumBytesRead)
        let size = try images.size("a")
        try #require(truncate(path, off_t(size - 65_536)) == 0)
        #expect(
            throws: InspectionRefusal(
                .unsafe,
                "the qcow2 image is truncated: it uses the cluster at byte \(size - 65_536), "
                    + "but the file has \(size - 65_536) bytes"
            )
        ) { try images.inspect("a") }
    }

    @Test(arguments: [("vdi", "1T"), ("vpc", "1T"), ("vhdx", "4T"), ("qcow2", "2T"), ("vmdk", "1T")])
    func largeDisksWithLittleInThemAreTakenAndCutOnesNot(_ format: String, _ size: String) throws {
        let images = DiskImages()
        let path = try images.create(format, "a", size: size)
        try ChildProcess.run(["qemu-io", "-f", format, "-c", "write -P 5 1M 9M", path])
        let found = try images.inspect("a")
        #expect(found.bytesRead <= ImageInspector.maximumBytesRead)
        let size = try images.size("a")
        try #require(truncate(path, off_t(size - (3 << 20))) == 0)
        #expect(throws: InspectionRefusal.self) { try images.inspect("a") }
    }

    @Test func whatTheImageHasOfAThinDiskIsCounted() throws {
        let images = DiskImages()
        for format in ["qcow2", "vdi", "vpc", "vhdx", "vmdk"] {
            let path = try images.create(format, format, size: "6G")
            try ChildProcess.run(["qemu-io", "-f", format, "-c", "write -P 5 1M 8M", path])
            let found = try images.inspect(format)
            #expect(found.isKnownWhole)
            #expect((8 << 20...48 << 20).contains(found.allocatedBytes), "\(format): \(found.allocatedBytes)")
        }
        let path = try images.create("qcow2", "thin", size: "121G")
        try ChildProcess.run(["qemu-io", "-f", "qcow2", "-c", "write -P 5 60G 8M", path])
        #expect(try images.inspect("thin").allocatedBytes == 8 << 20)
        images.write("plain", [UInt8](repeating: 1, count: 4096))
        #expect(try images.inspect("plain").allocatedBytes == 4096)
    }
}
