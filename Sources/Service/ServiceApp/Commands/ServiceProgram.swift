import Glibc
import HTTPServing
import Logging
import PrecacheModel
import ProgramKit
import ServiceAPI
import Settings
import Store

/// What the program `precached` does; its flags are the executable's.
package enum ServiceProgram {
    static let daemon = Daemon(
        ServiceSettings.schema,
        installedFile: "/etc/precache/precached.toml",
        logFormat: ServiceSettings.logFormat,
        logLevel: ServiceSettings.logLevel
    )

    /// Serves until SIGTERM or SIGINT.
    ///
    /// - Parameters:
    ///   - file: The settings file; otherwise `PRECACHED_CONFIG` names it, or it is the installed one.
    ///   - arguments: Flags of settings.
    ///   - takesOver: Whether services that can't go on with this version's schema are fenced.
    /// - Returns: The exit status.
    package static func serve(file: String?, arguments: [String], takesOver: Bool) async -> Int32 {
        await daemon.serve(file: file, arguments: arguments, configure: configuration) {
            configuration,
            signals in
            let logger = Logger(label: "precached")
            for warning in configuration.warnings { logger.warning("\(warning)") }
            do {
                try await PrecacheService(configuration: configuration, logger: logger, takesOver: takesOver)
                    .run(signals)
            } catch let error as StoreError where error.isOfConfiguration {
                throw ConfigurationFault(error)
            } catch let error as ServerError where error.isOfConfiguration {
                throw ConfigurationFault(error)
            }
        }
    }

    /// Checks the settings and what they name, and prints them unless `isQuiet`; returns the exit status.
    package static func check(file: String?, arguments: [String], isQuiet: Bool) -> Int32 {
        daemon.check(file: file, arguments: arguments, isQuiet: isQuiet) { values in
            let configuration = try configuration(values)
            try configuration.database.check()
            return configuration.warnings
        }
    }

    /// The settings and the files that they name, checked.
    private static func configuration(_ values: SettingsValues) throws -> ServiceConfiguration {
        let configuration = try ServiceConfiguration(values)
        try configuration.checkFiles()
        return configuration
    }

    /// A settings file with every key, explained and commented out.
    package static func sampleSettings() -> String { daemon.sampleSettings() }

    /// The flags of settings, explained.
    package static func settingsHelp() -> String { daemon.settingsHelp() }

    /// Every route as `METHOD /path/{name}`.
    package static func routes() -> [String] { ServiceRoutes.list() }

    // What commands of short life share.

    /// Has root go on as whom the database's folder belongs to, as whom the service serves: what is made there is the
    /// service's, and a link that somebody put there leads no further than that user may go.
    ///
    /// - Returns: False if that can't be done, which is told.
    static func becomeOwner(of database: ServiceDatabase) -> Bool {
        guard geteuid() == 0, case .file(let path) = database else { return true }
        var status = stat()
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "."
        // Whoever opens the file says what is wrong with its folder.
        guard stat(String(folder), &status) == 0, status.st_uid != 0 else { return true }
        // One that is root's own is of a service that root runs.
        var file = stat()
        if lstat(path, &file) == 0, file.st_uid == 0 { return true }
        if setgroups(0, nil) == 0, setegid(status.st_gid) == 0, seteuid(status.st_uid) == 0 { return true }
        daemon.complain("can't go on as the owner of '\(folder)': \(String(cString: strerror(errno)))")
        return false
    }

    /// Does something with an open database, and closes it.
    static func with(
        _ database: ServiceDatabase,
        _ access: StoreAccess,
        _ body: (any StoreEngine) async throws -> Void
    ) async throws {
        let engine = try await database.open(access)
        do { try await body(engine) } catch {
            await engine.close()
            throw error
        }
        await engine.close()
    }

    /// Says what goes wrong; returns the exit status.
    static func telling(_ body: () async throws -> Void) async -> Int32 {
        do {
            try await body()
            return ExitStatus.ok
        } catch let error as StoreError {
            daemon.complain(error.message)
        } catch {
            daemon.complain("\(error)")
        }
        return ExitStatus.failure
    }

    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}

extension StoreError {
    /// Whether another start would meet the same: the file isn't ours to use, until somebody changes it or the settings.
    fileprivate var isOfConfiguration: Bool { [.newerSchema, .corrupt, .readOnly].contains(code) }
}
