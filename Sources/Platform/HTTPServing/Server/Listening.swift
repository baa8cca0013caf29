import CLinux
import Glibc
import Reactor

/// Opens listening sockets.
enum Listening {
    /// Binds and listens.
    ///
    /// - Returns: The descriptor and the address that it has, with the port that the system chose for 0.
    static func open(
        _ wanted: SocketAddress,
        interface: String? = nil
    ) throws(ServerError) -> (descriptor: Int32, bound: SocketAddress) {
        guard (0...65_535).contains(wanted.port) else {
            throw ServerError(
                code: .badAddress,
                message: "The port \(wanted.port) is not between 0 and 65535."
            )
        }
        let result = wanted.withSystemAddress { address, length -> Result<Int32, SystemError> in
            Result { () throws(SystemError) -> Int32 in try bind(address, length, interface) }
        }
        guard let result else {
            throw ServerError(
                code: .badAddress,
                message:
                    "The address '\(wanted.address)' is not numeric; write for example 127.0.0.1, 0.0.0.0 or ::."
            )
        }
        switch result {
        case .failure(let error):
            throw ServerError(code: .cannotListen, message: "Cannot listen on \(wanted): \(error).")
        case .success(let descriptor):
            return (descriptor, boundAddress(descriptor) ?? wanted)
        }
    }

    private static func bind(
        _ address: UnsafePointer<sockaddr>,
        _ length: socklen_t,
        _ interface: String?
    ) throws(SystemError) -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(Int32(address.pointee.sa_family), type, 0)
        guard descriptor >= 0 else { throw SystemError(call: "socket") }
        var one: Int32 = 1
        var zero: Int32 = 0
        let size = socklen_t(MemoryLayout<Int32>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, size)
        if Int32(address.pointee.sa_family) == AF_INET6 {
            setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &zero, size)
        }
        // Before bind(2), so that the address is never open on another interface.
        if let interface,
            setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, interface, socklen_t(interface.utf8.count))
                != 0
        {
            let error = SystemError(call: "setsockopt(SO_BINDTODEVICE)")
            close(descriptor)
            throw error
        }
        guard Glibc.bind(descriptor, address, length) == 0 else {
            let error = SystemError(call: "bind")
            close(descriptor)
            throw error
        }
        guard listen(descriptor, 4_096) == 0 else {
            let error = SystemError(call: "listen")
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private static func boundAddress(_ descriptor: Int32) -> SocketAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let code = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return code == 0 ? SocketAddress(storage) : nil
    }

    /// Raises the soft limit on descriptors towards what the connections may need, as far as the hard one allows.
    static func raiseDescriptorLimit(for connections: Int) {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return }
        let wanted = rlim_t(connections + 1_024)
        guard limit.rlim_cur < wanted else { return }
        limit.rlim_cur = min(wanted, limit.rlim_max)
        setrlimit(resource, &limit)
    }
}

/// An Internet address and a port.
package struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
    /// The numeric address; an IPv4 address inside IPv6 is given as IPv4.
    package let address: String
    /// The port.
    package let port: Int

    /// Names an address and a port.
    package init(address: String, port: Int) {
        self.address = address
        self.port = port
    }

    /// As in a URL: `127.0.0.1:7700`, `[::1]:7700`.
    package var description: String { address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)" }

    /// Whether the address is this machine's own: 127.0.0.0/8 or ::1.
    package var isLoopback: Bool { address == "::1" || address.hasPrefix("127.") }
}

extension SocketAddress {
    /// Runs `body` with the address as the system takes it; nil when the text is no numeric address.
    func withSystemAddress<T>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> T) -> T? {
        let text = address == "localhost" ? "127.0.0.1" : address
        var four = sockaddr_in()
        if inet_pton(AF_INET, text, &four.sin_addr) == 1 {
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
            return withUnsafePointer(to: &four) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
        var six = sockaddr_in6()
        guard inet_pton(AF_INET6, text, &six.sin6_addr) == 1 else { return nil }
        six.sin6_family = sa_family_t(AF_INET6)
        six.sin6_port = UInt16(truncatingIfNeeded: port).bigEndian
        return withUnsafePointer(to: &six) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
            }
        }
    }

    /// Reads what the system filled in.
    init(_ storage: sockaddr_storage) {
        var storage = storage
        let isSix = Int32(storage.ss_family) == AF_INET6
        let (text, port) = withUnsafeBytes(of: &storage) { bytes -> (String, Int) in
            // Both layouts have the port in network order at offset 2.
            let port = Int(bytes[2]) << 8 | Int(bytes[3])
            return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { buffer in
                let start = bytes.baseAddress.map { $0 + (isSix ? 8 : 4) }
                guard let start, let base = buffer.baseAddress,
                    inet_ntop(isSix ? AF_INET6 : AF_INET, start, base, socklen_t(buffer.count)) != nil
                else { return ("", port) }
                return (String(cString: base), port)
            }
        }
        address = text.hasPrefix("::ffff:") && text.contains(".") ? String(text.dropFirst(7)) : text
        self.port = port
    }
}
