import Glibc

/// Finds out from proc(5) which files processes have open.
///
/// The links below `/proc/<pid>/fd` are followed to device and inode: paths would mean nothing across mount namespaces.
/// Looking into other users' processes takes CAP_SYS_PTRACE; without it, and from within another pid namespace or
/// with `hidepid`, the answer says that it has a gap.
package struct OpenFileScanner: Sendable {
    private let proc: String
    /// The initial pid namespace's inode: `PROC_PID_INIT_INO` (Linux, `include/linux/proc_ns.h`).
    private static let wholeMachine = "pid:[4026531836]"

    /// Looks at a mounted proc.
    package init(proc: String = "/proc") { self.proc = proc }

    /// Looks at all processes but this one.
    ///
    /// Blocks.
    ///
    /// - Parameter device: The file system whose files are of interest.
    /// - Returns: What was found.
    package func scan(device: UInt64) -> OpenFileScan {
        var scan = OpenFileScan()
        let descriptor = retrying { open(proc, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard descriptor >= 0 else {
            scan.gap = "\(proc): \(String(cString: strerror(errno)))"
            return scan
        }
        if link("\(proc)/self/ns/pid") != Self.wholeMachine {
            scan.gap = "this is a container with processes of its own; those outside of it can't be seen"
        } else if access("\(proc)/1", F_OK) != 0 {
            scan.gap = "\(proc) hides processes of other users (ProtectProc= or hidepid=)"
        }
        let own = getpid()
        let failure = FolderEntries.each(descriptor) { name, _ in
            guard let process = Int32(String(cString: name)), process > 0, process != own else { return }
            look(into: process, device, &scan)
        }
        if failure != 0 { scan.gap = "\(proc): \(String(cString: strerror(failure)))" }
        return scan
    }

    private func look(into process: Int32, _ device: UInt64, _ scan: inout OpenFileScan) {
        let descriptor = retrying { open("\(proc)/\(process)/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard descriptor >= 0 else { return note(errno, process, &scan) }
        var command: String?
        var trouble: Int32 = 0
        let failure = FolderEntries.each(descriptor) { name, _ in
            var status = stat()
            guard retrying({ fstatat(descriptor, name, &status, 0) }) == 0 else {
                let code = errno
                if code == EACCES || code == EPERM { trouble = code }
                return
            }
            guard status.st_mode & S_IFMT == S_IFREG, UInt64(status.st_dev) == device else { return }
            let known = command ?? self.command(of: process)
            command = known
            scan.files[FileID(status), default: FileUsers()].add("\(known) (\(process))")
        }
        if failure != 0 || trouble != 0 { note(failure != 0 ? failure : trouble, process, &scan) }
    }

    /// A process that can't be looked into leaves a gap, unless it has no files: kernel threads and the dead.
    private func note(_ code: Int32, _ process: Int32, _ scan: inout OpenFileScan) {
        guard code == EACCES || code == EPERM, scan.gap == nil, mayHaveFiles(process) else { return }
        scan.gap = "no right to look into process \(process) (\(command(of: process))) and perhaps others"
    }

    /// The state and flags of proc(5)'s `stat`: fields 3 and 9.
    private func mayHaveFiles(_ process: Int32) -> Bool {
        guard let text = read("\(proc)/\(process)/stat"), let end = text.lastIndex(of: ")") else {
            return false
        }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 6, let flags = UInt64(fields[6]) else { return true }
        let isKernelThread = flags & 0x0020_0000 != 0
        return !isKernelThread && fields[0] != "Z" && fields[0] != "X"
    }

    private func command(of process: Int32) -> String {
        read("\(proc)/\(process)/comm").map { String($0.prefix { $0 != "\n" }) } ?? "?"
    }

    private func read(_ path: String) -> String? {
        let descriptor = retrying { open(path, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1_024)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }

    private func link(_ path: String) -> String? {
        var bytes = [CChar](repeating: 0, count: 64)
        let count = readlink(path, &bytes, bytes.count)
        guard count > 0 else { return nil }
        return String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Which files processes have open, as far as may be seen.
package struct OpenFileScan: Sendable {
    /// Files and the processes that have them open, each as `name (pid)`.
    package internal(set) var files: [FileID: FileUsers] = [:]
    /// Why this isn't all of it; nil if every process of the machine could be looked into.
    package internal(set) var gap: String?

    package init() {}
}
