import FoundationEssentials
import Glibc

/// Nova's notes beside an instance's disks.
enum DiskInfo {
    /// Names of disks that Nova's `disk.info` says are raw: such a disk has no backing file, whatever the guest wrote where
    /// another format has its header.
    ///
    /// Nova keeps the file for the same reason (`nova/virt/libvirt/imagebackend.py`, `resolve_driver_format`): an object of
    /// paths and formats. None if it isn't there or makes no sense.
    static func rawDisks(in folder: Int32) -> Set<String> {
        let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
        let descriptor = retrying { openat(folder, "disk.info", flags) }
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        let limit = 64 << 10
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            count = max(0, pread(descriptor, buffer.baseAddress, limit, 0))
        }
        guard bytes.count < limit,
            let formats = try? JSONDecoder().decode([String: String].self, from: Data(bytes))
        else { return [] }
        return Set(
            formats.lazy.filter { $0.value == "raw" }
                .compactMap { $0.key.split(separator: "/").last.map(String.init) }
        )
    }

    /// Whether a name is that of a file which is no disk, so that it may be unreadable: libvirt makes some for root alone.
    static func isText(_ name: String) -> Bool {
        name == "libvirt.xml" || name == "disk.info" || name.hasSuffix(".log")
    }
}
