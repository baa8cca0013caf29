import FoundationEssentials
import Glibc
import ImageInspection

/// Follows chains of backing files; each backing file is read once, however many disks stand on it.
struct DiskChains {
    /// What each backing file refers to.
    private var headers: [FileID: [DiskReference]] = [:]

    /// The most files that a chain may have; QEMU itself gets slow long before.
    private static let length = 200
    /// The fewest bytes that the header of a disk with a backing file has.
    private static let smallestHeader = 72

    /// Looks into an open disk and follows where it leads.
    ///
    /// - Parameters:
    ///   - descriptor: The disk.
    ///   - path: Its path, which names in it are relative to.
    ///   - user: What to call it.
    ///   - scan: What is found is added to it.
    mutating func follow(_ descriptor: Int32, path: String, user: String, _ scan: inout InstanceScan) {
        var status = stat()
        guard retrying({ fstat(descriptor, &status) }) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_size >= Self.smallestHeader
        else { return }
        scan.disks += 1
        guard let references = read(descriptor, path: path, &scan), !references.isEmpty else { return }
        var visited: Set<FileID> = [FileID(status)]
        follow(references, from: path, user: user, &visited, &scan)
    }

    private mutating func follow(
        _ references: [DiskReference],
        from path: String,
        user: String,
        _ visited: inout Set<FileID>,
        _ scan: inout InstanceScan
    ) {
        for reference in references {
            switch reference.target {
            case .elsewhere: continue
            case .unclear:
                scan.problems.add("\(path): it refers to \(reference.name), and that may be any file")
            case .path(let target):
                follow(
                    target.hasPrefix("/") ? target : "\(Self.folder(of: path))\(target)",
                    isRaw: reference.format == "raw",
                    from: path,
                    user: user,
                    &visited,
                    &scan
                )
            }
        }
    }

    private mutating func follow(
        _ target: String,
        isRaw: Bool,
        from path: String,
        user: String,
        _ visited: inout Set<FileID>,
        _ scan: inout InstanceScan
    ) {
        if let name = target.split(separator: "/").last {
            scan.names[String(name), default: FileUsers()].add(user)
        }
        var status = stat()
        guard retrying({ stat(target, &status) }) == 0 else {
            let code = errno
            // What doesn't exist under this name is protected by its last component alone.
            if code != ENOENT && code != ENOTDIR {
                scan.problems.add("\(path): it refers to \(target): \(String(cString: strerror(code)))")
            }
            return
        }
        guard status.st_mode & S_IFMT == S_IFREG else { return }
        let identity = FileID(status)
        guard visited.insert(identity).inserted else { return }
        scan.files[identity, default: FileUsers()].add(user)
        guard !isRaw else { return }
        guard visited.count <= Self.length else {
            return scan.problems.add("\(path): its chain has more than \(Self.length) files")
        }
        guard let next = references(of: identity, target, &scan) else { return }
        follow(next, from: target, user: user, &visited, &scan)
    }

    private mutating func references(
        of identity: FileID,
        _ path: String,
        _ scan: inout InstanceScan
    ) -> [DiskReference]? {
        if let known = headers[identity] { return known }
        let descriptor = retrying { open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) }
        guard descriptor >= 0 else {
            let code = errno
            if code != ENOENT { scan.problems.add("\(path): \(String(cString: strerror(code)))") }
            return nil
        }
        defer { close(descriptor) }
        let references = read(descriptor, path: path, &scan)
        headers[identity] = references ?? []
        return references
    }

    /// What a disk refers to; nil, with the problem noted, if that can't be told.
    private func read(_ descriptor: Int32, path: String, _ scan: inout InstanceScan) -> [DiskReference]? {
        do throws(InspectionRefusal) {
            let bytes = MeteredBytes(try FileBytes(descriptor: descriptor))
            scan.headersRead += 1
            defer { scan.bytesRead += bytes.bytesRead }
            return try DiskHeader(bytes).references
        } catch {
            scan.problems.add("\(path): \(error)")
            return nil
        }
    }

    private static func folder(of path: String) -> Substring {
        path.lastIndex(of: "/").map { path[...$0] } ?? ""
    }
}

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

/// A file's bytes, counted as they are read.
final class MeteredBytes: ImageBytes {
    private let inner: FileBytes
    private(set) var bytesRead = 0

    init(_ inner: FileBytes) { self.inner = inner }

    var sizeBytes: Int64 { inner.sizeBytes }

    func read(at offset: Int64, count: Int) throws(InspectionRefusal) -> [UInt8] {
        let bytes = try inner.read(at: offset, count: count)
        bytesRead += bytes.count
        return bytes
    }
}
