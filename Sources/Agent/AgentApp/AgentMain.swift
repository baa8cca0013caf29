import FoundationEssentials
import Glibc
import Logging
import Settings
import Telemetry

/// What the program `precache-agent` does; its flags are the executable's.
package enum AgentMain {
    /// The exit status of settings that can't be used (`EX_CONFIG` of sysexits.h).
    static let configurationStatus: Int32 = 78

    /// Runs the agent until SIGTERM or SIGINT.
    ///
    /// - Parameters:
    ///   - file: The settings file; `PRECACHE_AGENT_CONFIG` names one otherwise.
    ///   - arguments: Flags of settings.
    /// - Returns: The exit status: 0 after a stop that was asked for, 78 for settings that can't be used, else 1.
    package static func serve(file: String?, arguments: [String]) async -> Int32 {
        let values: SettingsValues
        do {
            values = try settings(file: file, arguments: arguments)
        } catch {
            complain("\(error)")
            return configurationStatus
        }
        LogOutput.bootstrap(
            format: values[AgentSettings.logFormat],
            level: Logger.Level(rawValue: values[AgentSettings.logLevel]) ?? .info
        )
        for warning in values.warnings { Logger(label: "settings").warning("\(warning)") }
        do {
            try await AgentProgram(values).run()
            return 0
        } catch {
            complain("\(error)")
            return 1
        }
    }

    /// Checks the settings and prints them.
    ///
    /// - Parameters:
    ///   - file: The settings file; `PRECACHE_AGENT_CONFIG` names one otherwise.
    ///   - arguments: Flags of settings.
    /// - Returns: The exit status: 0, or 78 for settings that can't be used.
    package static func check(file: String?, arguments: [String]) -> Int32 {
        do {
            for entry in try settings(file: file, arguments: arguments).dump() {
                print("\(entry.key) = \(entry.value)  # \(entry.origin)")
            }
            return 0
        } catch {
            complain("\(error)")
            return configurationStatus
        }
    }

    /// A settings file with every key, explained and commented out.
    package static func sampleSettings() -> String { AgentSettings.schema.sampleFile() }

    /// The flags of settings, explained.
    package static func settingsHelp() -> String { AgentSettings.schema.help() }

    private static func settings(file: String?, arguments: [String]) throws -> SettingsValues {
        let environment = ProcessInfo.processInfo.environment
        let values = try AgentSettings.schema.load(
            file: file ?? environment["PRECACHE_AGENT_CONFIG"].flatMap { $0.isEmpty ? nil : $0 },
            environment: environment,
            arguments: arguments
        )
        _ = try AgentOptions(values)
        return values
    }

    /// Tells people why the program ends, on standard error.
    private static func complain(_ message: String) {
        let line = Array("precache-agent: \(message)\n".utf8)
        _ = line.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
