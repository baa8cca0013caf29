import Glibc
import TestSupport

@testable import InstanceUsage

/// An instances directory with a cache in it and disks made by qemu-img.
final class InstancesFolder: Sendable {
    let folder = TemporaryFolder()

    init() { makeFolder("_base") }

    var path: String { folder.path }

    var scanner: InstanceScanner {
        InstanceScanner(path: path, cache: identity("_base"), settling: 0)
    }

    func makeFolder(_ name: String) { mkdir("\(path)/\(name)", 0o755) }

    /// A file of the cache.
    @discardableResult
    func base(_ name: String) -> String {
        folder.write("_base/\(name)", [UInt8](repeating: 0x61, count: 70_000))
        return "\(path)/_base/\(name)"
    }

    func qemu(_ arguments: String...) throws { try ChildProcess.run(["qemu-img"] + arguments) }

    /// A disk that stands on another.
    func overlay(_ name: String, on backing: String, format: String = "raw", unsafe: Bool = false) throws {
        let parts = name.split(separator: "/")
        for end in parts.indices.dropFirst() { makeFolder(parts[..<end].joined(separator: "/")) }
        let size = unsafe ? ["-u", "\(path)/\(name)", "1M"] : ["\(path)/\(name)"]
        try ChildProcess.run(
            ["qemu-img", "create", "-q", "-f", "qcow2", "-b", backing, "-F", format] + size
        )
    }

    func identity(_ name: String) -> FileID? {
        var status = stat()
        return stat("\(path)/\(name)", &status) == 0 ? FileID(status) : nil
    }

    func users(_ name: String, _ scan: InstanceScan) -> [String] {
        identity("_base/\(name)").flatMap { scan.files[$0]?.names.sorted() } ?? []
    }
}
