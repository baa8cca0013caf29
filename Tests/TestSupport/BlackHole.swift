import CCurl
import Glibc

/// A port on which connections are neither made nor refused: it listens with a queue of one, which is full.
package final class BlackHole {
    package let url: String
    private var descriptors: [Int32] = []

    package init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        descriptors.append(listener)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        var filled: [Int32] = []
        let ready = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                guard bind(listener, generic, length) == 0, listen(listener, 0) == 0,
                    getsockname(listener, generic, &length) == 0
                else { return false }
                for _ in 0..<4 {
                    let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
                    let client = socket(AF_INET, Int32(kind), 0)
                    _ = connect(client, generic, length)
                    filled.append(client)
                }
                return true
            }
        }
        descriptors += filled
        guard ready else { throw ScriptedServer.Failure(call: "listen", code: errno) }
        url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
    }

    deinit {
        for descriptor in descriptors { close(descriptor) }
    }
}
