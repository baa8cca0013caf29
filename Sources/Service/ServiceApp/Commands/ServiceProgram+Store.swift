import Glibc
import PrecacheModel
import ProgramKit
import Settings
import Store
import StorePostgres

extension ServiceProgram {
    /// Copies all that a database holds into an empty one, and prints each table with its rows.
    ///
    /// - Parameters:
    ///   - source: The database: a URL of a PostgreSQL database, or the path of a file.
    ///   - target: The other.
    ///   - file: The settings file, for the password.
    /// - Returns: The exit status.
    package static func copyStore(from source: String, to target: String, file: String?) async -> Int32 {
        let (from, to): (ServiceDatabase, ServiceDatabase)
        let patience: Duration
        do {
            let values = try daemon.settings(file: file)
            (from, to) = (
                try ServiceDatabase(named: source, values), try ServiceDatabase(named: target, values)
            )
            var problems: [String] = []
            patience = ControllerSettings(values, &problems).beat * 3 + .seconds(1)
        } catch {
            daemon.complain("\(error)")
            return ExitStatus.configuration
        }
        // To open it would make it.
        if case .file(let path) = from, access(path, F_OK) != 0 {
            daemon.complain("--from: there is no file '\(path)'")
            return ExitStatus.failure
        }
        return await telling {
            try await with(from, .copy) { source in
                try await with(to, .copy) { target in
                    let copy = StoreCopy(
                        from: .init(source, named: "\(from)"),
                        to: .init(target, named: "\(to)")
                    )
                    let rows = try await copy.run(patience: patience) { print("\(padded($0, 20))  \($1)") }
                    print("All \(rows) rows are there, counted on both sides.")
                }
            }
        }
    }
}

extension ServiceDatabase {
    /// What a command line calls so: a server's URL, or a file.
    fileprivate init(named text: String, _ values: SettingsValues) throws {
        guard text.contains("://") else {
            self = .file(text)
            return
        }
        let place = try PostgresPlace(
            url: text,
            password: values[DatabaseSettings.password]?.text,
            isPooled: values[DatabaseSettings.pooler] == .transaction
        )
        self = .server(place, connections: 2, bell: nil)
    }
}
