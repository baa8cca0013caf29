import CLinux
import Glibc

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
