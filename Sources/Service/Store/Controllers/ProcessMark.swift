internal import Glibc

/// What tells a process from all others that there ever were on its machine: the machine's boot, the namespace in which the
/// number counts, the number, and when the process began.
package struct ProcessMark: Hashable, Sendable {
    package let text: String

    package init(text: String) { self.text = text }

    /// This process.
    package static let own = ProcessMark(of: getpid()) ?? ProcessMark(text: "")

    /// A process in our namespace, if it is there.
    package init?(of process: Int32) {
        guard let place = Self.place, let start = Self.start(of: process) else { return nil }
        text = "\(place) \(process) \(start)"
    }

    /// Whether another process certainly doesn't run any more: it did in the same boot and namespace as this one.
    package func knowsGone(_ other: String) -> Bool {
        let (own, theirs) = (text.split(separator: " "), other.split(separator: " "))
        guard own.count == 4, theirs.count == 4, own[..<2] == theirs[..<2], let process = Int32(theirs[2])
        else { return false }
        // What can't be read may be hidden from us (proc(5), hidepid), and alive.
        if kill(process, 0) != 0, errno == ESRCH { return true }
        return ProcessMark(of: process).map { $0.text != other } ?? false
    }

    /// The boot's identifier and the namespace's.
    private static let place: String? = {
        guard let boot = read("/proc/sys/kernel/random/boot_id") else { return nil }
        var space = stat()
        guard stat("/proc/self/ns/pid", &space) == 0 else { return nil }
        return "\(boot) \(space.st_ino)"
    }()

    /// Clock ticks since the boot (proc(5), field 22 of `stat`); the program's name before it may have spaces and brackets.
    private static func start(of process: Int32) -> Substring? {
        guard let text = read("/proc/\(process)/stat"), let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 19 else { return nil }
        // One that has ended and that nobody has asked for yet.
        return fields[0] == "Z" ? "ended" : fields[19]
    }

    private static func read(_ path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = Glibc.read(file, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}
