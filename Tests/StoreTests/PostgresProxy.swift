import Foundation
import PrecacheModel
import StorePostgres
import Synchronization

/// A way to a PostgreSQL server that is cut or falls silent when a test says so: a socket in a folder of its own.
final class PostgresProxy: Sendable {
    /// What becomes of a message of the client's that ends in COMMIT.
    enum Fate {
        case passes
        /// The server gets it, and the connection ends before its answer.
        case isHeard
        /// The connection ends before the server gets it.
        case isLost
        /// The same, and the server gets it some commits later: it had been on its way.
        case isLate
        /// Nothing is passed on any more, also on new connections.
        case stalls
    }

    /// By the how manieth COMMIT it is, from 1.
    private let fate: @Sendable (Int) -> Fate
    private let commits = Atomic(0)
    private let isSilent = Atomic(false)
    private let listener: Int32
    private let server: String
    private let folder: String

    init(to server: String, fate: @escaping @Sendable (Int) -> Fate) throws {
        self.server = server
        self.fate = fate
        folder = "/tmp/precache-proxy-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard Self.address("\(folder)/.s.PGSQL.5432", { bind(listener, $0, $1) }) == 0,
            listen(listener, 64) == 0
        else { throw POSIXError(.EADDRNOTAVAIL) }
        Thread.detachNewThread { [self] in
            while case let client = accept(listener, nil, nil), client >= 0 {
                Thread.detachNewThread { [self] in carry(client) }
            }
        }
    }

    /// The same database, by this way.
    func place(_ place: PostgresPlace, isPooled: Bool = false) throws -> PostgresPlace {
        try PostgresPlace(url: place.url.replacing(server, with: folder), isPooled: isPooled)
    }

    func fallSilent() { isSilent.store(true, ordering: .relaxed) }
    func speak() { isSilent.store(false, ordering: .relaxed) }

    /// Ends it; what it carries goes on.
    func close() {
        shutdown(listener, Int32(SHUT_RDWR))
        Glibc.close(listener)
        try? FileManager.default.removeItem(atPath: folder)
    }

    private func carry(_ client: Int32) {
        defer { Glibc.close(client) }
        let upstream = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { Glibc.close(upstream) }
        guard Self.address("\(server)/.s.PGSQL.5432", { connect(upstream, $0, $1) }) == 0 else { return }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            var ends = [
                pollfd(fd: client, events: Int16(POLLIN), revents: 0),
                pollfd(fd: upstream, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&ends, 2, 100) >= 0 else { return }
            if isSilent.load(ordering: .relaxed) {
                usleep(20_000)
                continue
            }
            for (place, other) in [upstream, client].enumerated() where ends[place].revents != 0 {
                let count = read(ends[place].fd, &buffer, buffer.count)
                guard count > 0 else { return }
                if place == 0, buffer[..<count].contains(Array("COMMIT\0".utf8)) {
                    let number = commits.add(1, ordering: .relaxed).newValue
                    switch fate(number) {
                    case .passes: break
                    case .isLost: return
                    case .isHeard:
                        send(other, buffer, count, Int32(MSG_NOSIGNAL))
                        _ = read(upstream, &buffer, buffer.count)
                        return
                    case .isLate:
                        shutdown(client, Int32(SHUT_RDWR))
                        // Who writes finds out what became of it, begins a row of its own and commits once more.
                        while commits.load(ordering: .relaxed) < number + 4 { usleep(1_000) }
                        send(other, buffer, count, Int32(MSG_NOSIGNAL))
                        _ = read(upstream, &buffer, buffer.count)
                        return
                    case .stalls: isSilent.store(true, ordering: .relaxed)
                    }
                }
                guard send(other, buffer, count, Int32(MSG_NOSIGNAL)) == count else { return }
            }
        }
    }

    private static func address(
        _ path: String,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
