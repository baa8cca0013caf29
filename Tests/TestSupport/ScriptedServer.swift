import CCurl
import Glibc
import Synchronization

/// A server on 127.0.0.1 that does to each connection what a test says, with one thread for each, then closes it.
package final class ScriptedServer: Sendable {
    package typealias Script = @Sendable (ServerConnection) -> Void

    package struct Failure: Error { let call: String, code: Int32 }

    package let port: Int
    private let listener: Int32
    private let script: Script
    private let connections = Mutex<[Int32]>([])
    private let accepted = Atomic(0)

    /// The base URL, without a slash at its end.
    package var url: String { "http://127.0.0.1:\(port)" }

    /// How many connections came so far.
    package var connectionCount: Int { accepted.load(ordering: .relaxed) }

    /// A server, listening when this returns.
    package init(_ script: @escaping Script) throws {
        self.script = script
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(listener, generic, length) == 0 && listen(listener, 4_096) == 0
                    && getsockname(listener, generic, &length) == 0
            }
        }
        guard bound else { throw Failure(call: "bind", code: errno) }
        port = Int(UInt16(bigEndian: address.sin_port))
        TestThread.start { [self] in acceptLoop() }
    }

    /// Takes no more connections; those that are there go on.
    package func stopListening() { shutdown(listener, Int32(SHUT_RDWR)) }

    /// Stops listening and breaks all connections.
    package func stop() {
        stopListening()
        connections.withLock { for descriptor in $0 { shutdown(descriptor, Int32(SHUT_RDWR)) } }
    }

    private func acceptLoop() {
        while true {
            let descriptor = accept(listener, nil, nil)
            if descriptor < 0 && errno == EINTR { continue }
            guard descriptor >= 0 else {
                // The end of listening is told by EINVAL; a server that went deaf would fail some test or other.
                precondition(errno != EMFILE && errno != ENFILE, "no descriptors left for a test's server")
                break
            }
            connections.withLock { $0.append(descriptor) }
            let number = accepted.wrappingAdd(1, ordering: .relaxed).oldValue
            TestThread.start { [self] in
                script(ServerConnection(descriptor: descriptor, number: number))
                connections.withLock { $0.removeAll { $0 == descriptor } }
                close(descriptor)
            }
        }
        close(listener)
    }
}
