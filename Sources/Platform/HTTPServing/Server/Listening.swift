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
