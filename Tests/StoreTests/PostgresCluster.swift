import Foundation
import PrecacheModel
import Store
import StorePostgres
import Synchronization
import TestSupport

/// A PostgreSQL server of this process's own: on a socket in a temporary folder, without TCP, not root's; it ends with us.
final class PostgresCluster: Sendable {
    /// Started by the first test that needs it.
    static let shared = Result { try PostgresCluster() }

    /// Where its socket is.
    let folder: String
    private let programs: String
    private let user =
        geteuid() == 0 ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : []
    private let databases = Atomic(0)

    private struct Missing: Error, CustomStringConvertible {
        let description = "PostgreSQL 15 is missing: apt-get install --no-install-recommends postgresql-15"
    }

    private init() throws {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        guard let version = versions.compactMap({ Int($0) }).max(), version >= 15 else { throw Missing() }
        programs = "/usr/lib/postgresql/\(version)/bin"
        folder = "/tmp/precache-pg-\(UUID().uuidString.prefix(8))"
        // Whoever is told to end at once (a crash, a kill) doesn't end its children: the shell looks for us.
        let script = """
            cd / && mkdir -m 755 \(folder) || exit
            \(programs)/initdb -D \(folder)/data -U precache -A trust -E UTF8 --locale=C -N >/dev/null || exit
            \(programs)/postgres -D \(folder)/data -k \(folder) -c listen_addresses= -c fsync=off -c max_connections=500 \
                -c shared_buffers=64MB 2>&1 &
            server=$!
            while [ -d /proc/\(getpid()) ]; do sleep 1; done
            kill -QUIT $server
            wait
            rm -rf \(folder)
            """
        let server = try ChildProcess(user + ["sh", "-c", script])
        var isReady = false
        var said: [String] = []
        while !isReady, let line = server.nextLine() {
            said.append(line)
            isReady = line.contains("ready to accept connections")
        }
        guard isReady else {
            throw ChildProcess.Failure(program: "postgres", status: 1, output: said.joined(separator: "\n"))
        }
        server.discardOutput()
        // It outlives this: the shell ends it.
        _ = Unmanaged.passRetained(server)
    }

    /// A new database, empty.
    func make() throws -> PostgresPlace {
        try PostgresPlace(url: "postgresql://precache@/\(try name())?host=\(folder)")
    }

    /// A new database with what is in another, which may be open.
    func copy(of place: PostgresPlace) throws -> PostgresPlace {
        let copy = try make()
        try ChildProcess.run([
            "sh", "-c", "\(programs)/pg_dump '\(place.url)' | \(programs)/psql -q -X '\(copy.url)'",
        ])
        // Whoever had it open has been missed by now.
        try query(copy, "UPDATE controller SET fenced = 1")
        return copy
    }

    /// Runs a statement as another program; returns the lines that it yields.
    @discardableResult
    func query(_ place: PostgresPlace, _ sql: String) throws -> [String] {
        let said = try ChildProcess.run([
            "\(programs)/psql", "-q", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql, place.url,
        ])
        return said.split(separator: "\n").map(String.init)
    }

    /// Runs a statement that takes its time, on a thread that no task needs.
    func slowQuery(_ place: PostgresPlace, _ sql: String) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            Thread.detachNewThread { [self] in
                continuation.resume(with: Result { _ = try query(place, sql) })
            }
        }
    }

    /// Waits until somebody has a lock of ours in the engine's database; other tests' databases have locks of their own.
    func awaitLock(in engine: PostgresEngine) async throws {
        while try await engine.read({
            try $0.first(
                """
                SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                WHERE l.locktype = 'advisory' AND l.granted AND d.datname = current_database()
                """
            ) { $0[0] as Int }
        }) == 0 {}
    }

    private func name() throws -> String {
        let name = "t\(databases.add(1, ordering: .relaxed).newValue)"
        try ChildProcess.run(["\(programs)/createdb", "-h", folder, "-U", "precache", name])
        return name
    }
}
