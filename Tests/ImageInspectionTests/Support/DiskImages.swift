import Glibc
import TestSupport

@testable import ImageInspection

/// Disk images made by qemu-img, in a folder of their own.
final class DiskImages: Sendable {
    private let folder = TemporaryFolder()

    func path(_ name: String) -> String { "\(folder.path)/\(name)" }

    /// Runs qemu-img to its end.
    func qemu(_ arguments: String...) throws { try ChildProcess.run(["qemu-img"] + arguments) }

    /// An image of a format and, by default, 64 MiB.
    @discardableResult
    func create(_ format: String, _ name: String, options: String = "", size: String = "64M") throws -> String
    {
        let path = path(name)
        let options = options.isEmpty ? [] : ["-o", options]
        try ChildProcess.run(["qemu-img", "create", "-q", "-f", format] + options + [path, size])
        return path
    }

    /// Writes something into an image, so that its tables have entries.
    func fill(_ name: String, _ format: String) throws {
        try ChildProcess.run(["qemu-io", "-f", format, "-c", "write -P 5 512k 1M", path(name)])
    }

    /// A qcow2 image that stands on another disk.
    @discardableResult
    func overlay(_ name: String, on backing: String, format: String) throws -> String {
        let path = path(name)
        try qemu("create", "-q", "-f", "qcow2", "-b", backing, "-F", format, path)
        return path
    }

    /// An encrypted image; now and then qemu-img can't measure how fast its key derivation is, and has to try again.
    func createEncrypted(_ format: String, _ name: String, prefix: String = "") throws {
        let options =
            "\(prefix)key-secret=s,\(prefix)iter-time=10" + (prefix.isEmpty ? "" : ",\(prefix)format=luks")
        for attempt in 1... {
            do {
                return try qemu(
                    "create",
                    "-q",
                    "-f",
                    format,
                    "--object",
                    "secret,id=s,data=secret",
                    "-o",
                    options,
                    path(name),
                    "8M"
                )
            } catch  where attempt < 50 {
                continue
            }
        }
    }

    /// The size in bytes of what qemu-img converts the image to.
    func convertedBytes(_ name: String, from format: String) throws -> Int64 {
        try qemu("convert", "-f", format, "-O", "raw", path(name), path("\(name).converted"))
        return Int64(folder.size("\(name).converted") ?? -1)
    }

    /// The file's size in bytes.
    func size(_ name: String) throws -> Int64 { Int64(folder.size(name) ?? -1) }

    /// What the image holds.
    func bytes(_ name: String) -> MemoryBytes { MemoryBytes(bytes: folder.read(name)) }

    func write(_ name: String, _ bytes: [UInt8]) { folder.write(name, bytes) }

    func inspect(_ name: String, claimed: ImageClaim? = nil) throws -> InspectedImage {
        try withFile(name) { file throws(InspectionRefusal) in
            try ImageInspector.inspect(file, claimed: claimed)
        }
    }

    func header(_ name: String) throws -> DiskHeader {
        try withFile(name) { file throws(InspectionRefusal) in try DiskHeader(file) }
    }

    private func withFile<Value>(
        _ name: String,
        _ body: (FileBytes) throws(InspectionRefusal) -> Value
    ) throws(InspectionRefusal) -> Value {
        let descriptor = open(path(name), O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        return try body(FileBytes(descriptor: descriptor))
    }
}

/// Small disks of plain bytes.
enum PlainDisks {
    /// A boot sector with one partition.
    static func mbr(type: UInt8) -> MemoryBytes {
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        bytes.replaceSubrange(
            446..<462,
            with: [0, 0, 2, 0, type, 0xff, 0xff, 0xff, 1, 0, 0, 0, 0xff, 7, 0, 0]
        )
        bytes.replaceSubrange(510..<512, with: [0x55, 0xaa])
        return MemoryBytes(bytes: bytes)
    }

    /// An ISO 9660 file system, as far as its first volume descriptor.
    static func iso() -> MemoryBytes {
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        bytes.replaceSubrange(0x8000..<0x8007, with: [1] + Array("CD001".utf8) + [1])
        return MemoryBytes(bytes: bytes)
    }
}
