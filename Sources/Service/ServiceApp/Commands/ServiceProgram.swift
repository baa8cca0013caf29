import Glibc
import Logging
import PrecacheModel
import ServiceAPI
import ServiceLifecycle
import Settings
import Telemetry
import UnixSignals

/// What the program `precached` does; its flags are the executable's.
package enum ServiceProgram {
    /// The version.
    package static let version = "0.1.0"

    /// The exit status of settings that can't be used (`EX_CONFIG` of sysexits.h).
    static let configurationStatus: Int32 = 78

    /// Serves until SIGTERM or SIGINT.
    ///
    /// - Parameters:
    ///   - file: The settings file, if any.
    ///   - environment: The environment.
    ///   - arguments: Flags of settings.
    /// - Returns: The exit status: 0 after a stop that was asked for, 78 for settings that can't be used, else 1.
    package static func serve(
        file: String?,
        environment: [String: String],
        arguments: [String]
    ) async -> Int32 {
        let configuration: ServiceConfiguration
        do {
            configuration = try settings(file: file, environment: environment, arguments: arguments)
        } catch {
            complain("\(error)")
            return configurationStatus
        }
        // A peer that has gone shows in the return value of a write.
        signal(SIGPIPE, SIG_IGN)
        LogOutput.bootstrap(
            format: configuration.logFormat,
            level: Logger.Level(rawValue: configuration.logLevel) ?? .info
        )
        let logger = Logger(label: "precached")
        for warning in configuration.warnings { logger.warning("\(warning)") }
        var group = ServiceGroupConfiguration(
            services: [
                .init(service: PrecacheService(configuration: configuration, logger: logger))
            ],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: quiet
        )
        group.maximumGracefulShutdownDuration = configuration.stopLimit
        group.maximumCancellationDuration = .seconds(5)
        do {
            try await ServiceGroup(configuration: group).run()
            return 0
        } catch {
            logger.critical("\(error)")
            complain("\(error)")
            return 1
        }
    }

    /// A settings file with every key, explained and commented out.
    package static func sampleSettings() -> String { ServiceSettings.schema.sampleFile() }

    /// The flags of settings, explained.
    package static func settingsHelp() -> String { ServiceSettings.schema.help() }

    /// Every route as `METHOD /path/{name}`.
    package static func routes() -> [String] { ServiceRoutes.list() }

    static func settings(
        file: String?,
        environment: [String: String],
        arguments: [String]
    ) throws -> ServiceConfiguration {
        let named = file ?? environment["PRECACHED_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        let values = try ServiceSettings.schema.load(
            file: named,
            environment: environment,
            arguments: arguments
        )
        return try ServiceConfiguration(values)
    }

    /// Tells people why the program ends, on standard error.
    static func complain(_ message: String) {
        let line = Array("precached: \(message)\n".utf8)
        _ = line.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// The service group's own lines say nothing that ours don't.
    private static var quiet: Logger {
        var logger = Logger(label: "precached.lifecycle")
        logger.logLevel = .error
        return logger
    }
}
