internal import CPostgres
internal import PrecacheModel

/// What PostgreSQL, or the way to it, says.
struct PostgresFailure: Error {
    /// The SQLSTATE (appendix A of PostgreSQL's manual); ``connecting`` for what libpq itself says.
    let state: String
    /// The server's first line, or libpq's.
    let words: String
    /// Whether the connection is of no more use.
    let isLost: Bool

    private static let connecting = "08000"
    /// A limit of ours has passed.
    static let silent = "08006"

    init(_ connection: OpaquePointer?, _ result: OpaquePointer? = nil) {
        let lost = connection == nil || PQstatus(connection) != CONNECTION_OK
        let code = result.flatMap { PQresultErrorField($0, 67) }.map { String(cString: $0) }
        let text =
            result.flatMap { PQresultErrorField($0, 77) }.map { String(cString: $0) }
            ?? connection.map { String(cString: PQerrorMessage($0)) } ?? "out of memory"
        state = code ?? Self.connecting
        words = String(text.split(whereSeparator: \.isNewline).joined(separator: "; ").prefix(500))
        // Also what a server says that isn't the primary any more (a feature that isn't supported "during recovery").
        isLost =
            lost || state.hasPrefix("57P") || state.hasPrefix("08") || ["25006", "0A000"].contains(state)
    }

    /// What we say ourselves.
    init(state: String, _ words: String, isLost: Bool = false) {
        (self.state, self.words, self.isLost) = (state, words, isLost)
    }

    /// Whether other transactions were in the way: serialization, deadlock, a lock that wasn't to be had in time; a key that
    /// another had just taken.
    var isConflict: Bool { ["40001", "40P01", "55P03", "23505"].contains(state) }

    /// Whether the same transaction may do better a moment later.
    var isPassing: Bool {
        // Lost: shut down, crashed, starting up, a primary that became a standby. 53300: too many connections.
        isConflict || isLost || state == "53300"
    }

    /// The same for callers; `place` is the database's.
    func error(at place: PostgresPlace) -> StoreError {
        let told = "\(words) (PostgreSQL \(state))"
        switch state {
        case "53100":
            return StoreError(
                .full,
                message: "no room for '\(place)': \(told); make room on the server's disk"
            )
        case "25006", "42501":
            return StoreError(
                .readOnly,
                message: "'\(place)' can't be written: \(told); let this user write it, or name the primary"
            )
        // libpq keeps no SQLSTATE of a connection that didn't come about.
        case Self.connecting:
            return StoreError(
                .failed,
                message:
                    "'\(place)': \(words); see that the server runs and lets this user into this database (createuser, "
                    + "createdb --encoding=UTF8, pg_hba.conf, database.password_file)"
            )
        case "53300":
            return StoreError(
                .busy,
                message:
                    "'\(place)' has no connection left: \(told); raise max_connections, or lower database.connections"
            )
        case Self.silent:
            return StoreError(.busy, message: "'\(place)': \(words); see that it runs, and its standbys")
        case "40001", "40P01", "55P03", "57014":
            return StoreError(.busy, message: "'\(place)' is busy: \(told); try again")
        case "XX001", "XX002":
            return StoreError(.corrupt, message: "'\(place)' is damaged: \(told); restore it from a backup")
        default:
            return StoreError(.failed, message: "'\(place)': \(told)")
        }
    }
}
