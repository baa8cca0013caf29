internal import CPostgres
internal import Glibc
package import PrecacheModel

/// Where the database is, and what to log in with.
package struct PostgresPlace: Sendable, CustomStringConvertible {
    /// The connection URI, `postgresql://user@host:5432/database?…`; holds no password.
    package let url: String
    private let password: String?
    /// How TLS is checked, for a URI that doesn't say it and whose server isn't on this machine.
    package let checkedMode: String?
    /// Whether a pooler gives each transaction another connection: then nothing outlives a transaction.
    package let isPooled: Bool

    /// Checks a place.
    ///
    /// - Parameters:
    ///   - url: The connection URI (PostgreSQL's manual, 34.1.1.2).
    ///   - password: The password; nil where none is needed or libpq finds it by itself (`passfile`).
    ///   - isPooled: Whether it is a pooler that gives each transaction another connection.
    /// - Throws: ``InvalidValue`` for what isn't a URI, for one that holds a secret, for one that names no database, and for
    ///   what would send it elsewhere: a service file, the environment.
    package init(url: String, password: String? = nil, isPooled: Bool = false) throws(InvalidValue) {
        guard url.hasPrefix("postgresql://") || url.hasPrefix("postgres://") else {
            throw InvalidValue("database URL", "", rule: "begins with postgresql://")
        }
        let options = try Self.options(of: url)
        guard options["service"] == nil,
            options["hostaddr"]?.split(separator: ",", omittingEmptySubsequences: false).contains("") != true
        else {
            throw InvalidValue(
                "database URL",
                url,
                rule: "says itself where the server is: no service, no empty hostaddr"
            )
        }
        for name in ["PGSERVICE", "PGHOSTADDR"] where getenv(name) != nil {
            throw InvalidValue(
                "database URL",
                url,
                rule: "says itself where the server is: \(name) is set, unset it"
            )
        }
        guard options["dbname"] != nil else {
            throw InvalidValue(
                "database URL",
                url,
                rule: "names a database: postgresql://user@host/precached"
            )
        }
        self.url = url
        self.password = password
        self.isPooled = isPooled
        checkedMode = options["sslmode"] == nil && !Self.isLocal(options) ? "verify-full" : nil
    }

    /// The URI.
    package var description: String { url }

    /// Whether the server is on this machine for certain: a socket, or loopback.
    ///
    /// Without a host it is where PGHOST says.
    private static func isLocal(_ options: [String: String]) -> Bool {
        let hosts = options["hostaddr"] ?? options["host"] ?? ""
        return hosts.split(separator: ",", omittingEmptySubsequences: false).allSatisfy {
            $0.hasPrefix("/") || $0.hasPrefix("@") || $0 == "localhost" || $0 == "::1"
                || $0.hasPrefix("127.")
        }
    }

    private static func options(of url: String) throws(InvalidValue) -> [String: String] {
        var words: UnsafeMutablePointer<CChar>?
        guard let parsed = PQconninfoParse(url, &words) else {
            // What libpq says repeats the text, with a password that may be in it.
            PQfreemem(words)
            throw InvalidValue(
                "database URL",
                "",
                rule: "is a connection URI as in PostgreSQL's manual: postgresql://user@host:5432/precached"
            )
        }
        defer { PQconninfoFree(parsed) }
        var options: [String: String] = [:]
        var place = parsed
        while let keyword = place.pointee.keyword {
            if let value = place.pointee.val {
                // What libpq itself hides: password, sslpassword.
                guard place.pointee.dispchar.map({ String(cString: $0) }) != "*" else {
                    throw InvalidValue(
                        "database URL",
                        "",
                        rule:
                            "holds no password, since people see it in settings: put that into database.password_file"
                    )
                }
                options[String(cString: keyword)] = String(cString: value)
            }
            place += 1
        }
        return options
    }

    /// A new connection; check its status.
    ///
    /// `limit` is for each host. What the URI says goes before our defaults: a later keyword counts.
    func connect(within limit: Duration) -> OpaquePointer? {
        var options = [
            ("connect_timeout", "\(Int(limit / .seconds(1)))"), ("tcp_user_timeout", "10000"),
            ("keepalives_idle", "10"),
            ("keepalives_interval", "5"), ("keepalives_count", "3"), ("target_session_attrs", "read-write"),
            ("application_name", "precached"), ("client_encoding", "UTF8"),
        ]
        if let checkedMode { options.append(("sslmode", checkedMode)) }
        options.append(("dbname", url))
        if let password { options.append(("password", password)) }
        let keywords = options.map { strdup($0.0) }
        let values = options.map { strdup($0.1) }
        defer { for text in keywords + values { free(text) } }
        let keys: [UnsafePointer<CChar>?] = keywords.map { UnsafePointer($0) } + [nil]
        let texts: [UnsafePointer<CChar>?] = values.map { UnsafePointer($0) } + [nil]
        return PQconnectdbParams(keys, texts, 1)
    }
}
