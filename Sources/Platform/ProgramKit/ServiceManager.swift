import Glibc

/// What systemd is told of the program's state, where it wants to hear it (`Type=notify`, sd_notify(3)).
enum ServiceManager {
    /// What a program may be in, for who waits for `systemctl start`, `reload` or `stop`.
    enum State {
        /// It serves.
        case ready
        /// It reads files again; ``ready`` says when that is over.
        case reloading
        case stopping

        /// The lines of the datagram.
        var text: String {
            switch self {
            case .ready: "READY=1"
            case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(ServiceManager.monotonicMicroseconds())"
            case .stopping: "STOPPING=1"
            }
        }
    }

    /// Sends a state to the socket that `$NOTIFY_SOCKET` names; does nothing where it names none.
    static func tell(_ state: State) {
        guard let name = getenv("NOTIFY_SOCKET") else { return }
        send(state.text, to: String(cString: name))
    }

    /// Sends one datagram to a socket: a path, or an abstract name after `@` (unix(7)).
    ///
    /// Nobody there is no failure of the program's.
    static func send(_ text: String, to socket: String) {
        var name = Array(socket.utf8)
        guard let first = name.first, let start = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) else {
            return
        }
        if first == UInt8(ascii: "@") { name[0] = 0 }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard name.count <= MemoryLayout.size(ofValue: address.sun_path) else { return }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                _ = sendto(
                    descriptor,
                    text,
                    text.utf8.count,
                    Int32(MSG_NOSIGNAL),
                    pointer,
                    socklen_t(start + name.count)
                )
            }
        }
    }

    /// By it systemd knows a reload that was asked for before from one that was asked for after.
    private static func monotonicMicroseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }
}
