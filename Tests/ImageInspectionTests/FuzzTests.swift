import Glibc
import Testing

@testable import ImageInspection

/// Real images with random changes: whatever the bytes, the inspection ends, and reads little and inside the file.
///
/// `PRECACHE_FUZZ_EXECUTIONS` says how many are tried (6,000 by default), `PRECACHE_FUZZ_SEED` where to begin.
@Suite struct FuzzTests {
    private static func setting(_ name: String, _ usual: UInt64) -> UInt64 {
        getenv(name).flatMap { UInt64(String(cString: $0)) } ?? usual
    }

    private func images() throws -> [(name: String, image: WatchedBytes)] {
        let images = DiskImages()
        let base = try images.create("vmdk", "base", size: "3M")
        try images.create("raw", "plain", size: "1M")
        for (name, format, options) in [
            ("qcow2", "qcow2", ""), ("qcow2-old", "qcow2", "compat=0.10"),
            ("qcow2-small", "qcow2", "cluster_size=512"),
            ("vmdk", "vmdk", ""), ("vmdk-stream", "vmdk", "subformat=streamOptimized"),
            ("vmdk-text", "vmdk", "subformat=monolithicFlat"), ("vhd", "vpc", ""),
            ("vhd-fixed", "vpc", "subformat=fixed"),
            ("vhdx", "vhdx", "log_size=1M"), ("vdi", "vdi", ""), ("qed", "qed", ""),
            ("ploop", "parallels", ""),
        ] { try images.create(format, name, options: options, size: "3M") }
        for (name, format) in [
            ("qcow2", "qcow2"), ("vmdk", "vmdk"), ("vhd", "vpc"), ("vhdx", "vhdx"), ("vdi", "vdi"),
        ] {
            try images.fill(name, format)
        }
        try images.qemu("snapshot", "-c", "one", images.path("qcow2"))
        try images.qemu("snapshot", "-c", "two", images.path("qcow2"))
        try images.overlay("overlay", on: images.path("plain"), format: "raw")
        try images.create("qcow2", "data", options: "data_file=\(images.path("elsewhere"))", size: "3M")
        try images.createEncrypted("luks", "luks")
        try images.qemu("create", "-q", "-f", "vmdk", "-b", base, "-F", "vmdk", images.path("vmdk-overlay"))
        let made = [
            "qcow2", "qcow2-old", "qcow2-small", "vmdk", "vmdk-stream", "vmdk-text", "vhd", "vhd-fixed",
            "vhdx", "vdi",
            "qed", "ploop", "overlay", "data", "luks", "vmdk-overlay",
        ].map { ($0, WatchedBytes(images.bytes($0))) }
        return made + [
            ("mbr", WatchedBytes(PlainDisks.mbr(type: 0xee))), ("iso", WatchedBytes(PlainDisks.iso())),
        ]
    }

    @Test func changedImagesAreTakenOrRefusedButNeverReadAstray() async throws {
        let executions = Self.setting("PRECACHE_FUZZ_EXECUTIONS", 6_000)
        let first = Self.setting("PRECACHE_FUZZ_SEED", 1)
        let images = try images()
        var outcomes: [String: Int] = [:]
        for seed in first..<first + executions {
            // Other tests share these threads.
            if seed.isMultiple(of: 50) { await Task.yield() }
            let (name, image) = images[Int(seed % UInt64(images.count))]
            image.reset()
            var mutation = Mutation(seed: seed)
            mutation.apply(to: image)
            do {
                let found = try ImageInspector.inspect(image)
                outcomes["taken", default: 0] += 1
                if found.virtualSizeBytes < 0 || found.bytesRead != image.bytesRead {
                    Issue.record("\(name), seed \(seed): \(found), \(image.bytesRead) bytes read")
                }
            } catch {
                outcomes[error.code.rawValue, default: 0] += 1
            }
            if let stray = image.stray { Issue.record("\(name), seed \(seed): a read of \(stray)") }
            let inspected = image.bytesRead
            _ = try? DiskHeader(image)
            let most = max(inspected, image.bytesRead - inspected)
            if most > ImageInspector.maximumBytesRead {
                Issue.record("\(name), seed \(seed): \(most) bytes read")
            }
        }
        // Both ways are gone, or the changes are too coarse or too fine.
        #expect(outcomes["taken", default: 0] > Int(executions) / 20)
        #expect(outcomes["unsafe_image", default: 0] > Int(executions) / 20)
        #expect(outcomes["io_error"] == nil)
        print("\(executions) changed images: \(outcomes)")
    }
}
