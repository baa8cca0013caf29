import PrecacheModel
import Settings
import Store
import StorePostgres
import StoreSQLite

/// Where the service keeps its state: in a file of its own, or on a PostgreSQL server.
enum ServiceDatabase: Sendable, CustomStringConvertible {
    /// A SQLite file.
    case file(String)
    /// A database of a PostgreSQL server; one connection writes, the others read.
    case server(PostgresPlace, connections: Int)

    init(_ values: SettingsValues, _ problems: inout [String]) {
        self = .file(values[DatabaseSettings.path])
        guard let url = values[DatabaseSettings.url] else {
            if values[DatabaseSettings.password] != nil {
                problems.append("database.password is for a PostgreSQL server: set database.url, too")
            }
            return
        }
        if values.origin(of: DatabaseSettings.path) != .fallback {
            problems.append("database.path and database.url can't both be set: one database has the state")
        }
        do {
            let place = try PostgresPlace(url: url, password: values[DatabaseSettings.password]?.text)
            self = .server(place, connections: values[DatabaseSettings.connections])
        } catch {
            problems.append("database.url: \(error)")
        }
    }

    /// The file, or the server's URL, which holds no secret.
    var description: String {
        switch self {
        case .file(let path): path
        case .server(let place, _): place.url
        }
    }

    /// Opens it, and brings its schema up to date.
    func open(_ access: StoreAccess) async throws(StoreError) -> any StoreEngine {
        switch self {
        case .file(let path): try await SQLiteEngine.open(path: path, access: access)
        case .server(let place, let connections):
            try await PostgresEngine.open(place, access: access, readers: connections - 1)
        }
    }

    /// Looks whether it can be opened; changes nothing, and works beside a service that has it open.
    ///
    /// Blocks.
    ///
    /// - Throws: ``ConfigurationError`` that says what mends it.
    func check() throws(ConfigurationError) {
        do throws(StoreError) {
            switch self {
            case .file(let path): try SQLiteEngine.checkPlace(path: path)
            case .server(let place, _): try PostgresEngine.check(place)
            }
        } catch {
            let setting = if case .file = self { "database.path" } else { "database.url" }
            throw ConfigurationError(problems: ["\(setting): \(error.message)"])
        }
    }
}

/// The settings of the database.
enum DatabaseSettings {
    static let path = Setting.path(
        "database.path",
        default: "/var/lib/precached/precached.db",
        help: "The SQLite file with all of the service's state; made if there is none."
    )
    static let url = Setting.string(
        "database.url",
        example: "postgresql://precached@db.example/precached?sslrootcert=/etc/precached/db-ca.pem",
        help:
            "A PostgreSQL database (15 or newer) with all of the service's state, instead of a file; the URI as in "
            + "PostgreSQL's manual, without a password. TLS with a checked certificate (sslmode=verify-full) unless it "
            + "says otherwise or the server is on loopback or a socket."
    )
    static let password = Setting.secret(
        "database.password",
        help: "The password of the user in database.url."
    )
    static let connections = Setting.int(
        "database.connections",
        default: 5,
        range: 2...64,
        help: "Connections to the PostgreSQL server: one writes, the others read."
    )

    static let all: [any AnySetting] = [path, url, password, connections]
}
