import PrecacheModel
import Settings
import Store
import StorePostgres
import StoreSQLite

/// Where the service keeps its state: in a file of its own, or on a PostgreSQL server.
enum ServiceDatabase: Sendable, CustomStringConvertible {
    /// A SQLite file.
    case file(String)
    /// A database of a PostgreSQL server; one connection writes, the others read, and one beats. Where services ring each other, if they do.
    case server(PostgresPlace, connections: Int, bell: PostgresPlace?)

    init(_ values: SettingsValues, _ problems: inout [String]) {
        self = .file(values[DatabaseSettings.path])
        guard let url = values[DatabaseSettings.url] else {
            for (name, isSet) in [
                ("database.password", values[DatabaseSettings.password] != nil),
                ("database.bell_url", values[DatabaseSettings.bell] != nil),
                ("database.pooler", values[DatabaseSettings.pooler] != .none),
            ] where isSet {
                problems.append("\(name) is for a PostgreSQL server: set database.url, too")
            }
            return
        }
        if values.origin(of: DatabaseSettings.path) != .fallback {
            problems.append("database.path and database.url can't both be set: one database has the state")
        }
        let isPooled = values[DatabaseSettings.pooler] == .transaction
        var bell: PostgresPlace?
        if let url = values[DatabaseSettings.bell] {
            bell = Self.place("database.bell_url", url, values, &problems)
        }
        guard let place = Self.place("database.url", url, isPooled: isPooled, values, &problems) else {
            return
        }
        self = .server(
            place,
            connections: values[DatabaseSettings.connections],
            bell: bell ?? (isPooled ? nil : place)
        )
    }

    private static func place(
        _ setting: String,
        _ url: String,
        isPooled: Bool = false,
        _ values: SettingsValues,
        _ problems: inout [String]
    ) -> PostgresPlace? {
        do {
            return try PostgresPlace(
                url: url,
                password: values[DatabaseSettings.password]?.text,
                isPooled: isPooled
            )
        } catch {
            problems.append("\(setting): \(error)")
            return nil
        }
    }

    /// The file, or the server's URL, which holds no secret.
    var description: String {
        switch self {
        case .file(let path): path
        case .server(let place, _, _): place.url
        }
    }

    /// Opens it, and brings its schema up to date; `takesOver` fences services that can't work with that.
    func open(_ access: StoreAccess, takesOver: Bool = false) async throws(StoreError) -> any StoreEngine {
        switch self {
        case .file(let path): try await SQLiteEngine.open(path: path, access: access)
        case .server(let place, let connections, let bell):
            try await PostgresEngine.open(
                place,
                access: access,
                readers: connections - 1,
                bell: access == .service ? bell : nil,
                takesOver: takesOver
            )
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
            case .server(let place, _, _): try PostgresEngine.check(place)
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
        help: "Connections to the PostgreSQL server: one writes, the others read. Two more beat and listen."
    )
    static let pooler = Setting<PostgresPooler>.choice(
        "database.pooler",
        default: .none,
        help:
            "transaction: database.url is a pooler that gives each transaction another connection (PgBouncer's pool_mode "
            + "transaction): statements are then sent without a name."
    )
    static let bell = Setting.string(
        "database.bell_url",
        example: "postgresql://precached@db.example:5432/precached",
        help:
            "Where services that share the database tell each other of changes (LISTEN and NOTIFY), if not at database.url. "
            + "Behind a pooler it has to be the server itself; without it they look every two seconds."
    )

    static let all: [any AnySetting] = [path, url, password, connections, pooler, bell]
}

/// What is between the service and the PostgreSQL server.
enum PostgresPooler: String, CaseIterable, Sendable {
    case none
    case transaction
}
