import Logging
import ProgramKit

/// What the program `precache-agent` does; its flags are the executable's.
package enum AgentMain {
    private static let daemon = Daemon(
        AgentSettings.schema,
        logFormat: AgentSettings.logFormat,
        logLevel: AgentSettings.logLevel
    )

    /// Runs the agent until SIGTERM or SIGINT.
    ///
    /// - Parameters:
    ///   - file: The settings file; `PRECACHE_AGENT_CONFIG` names one otherwise.
    ///   - arguments: Flags of settings.
    /// - Returns: The exit status.
    package static func serve(file: String?, arguments: [String]) async -> Int32 {
        await daemon.serve(file: file, arguments: arguments, configure: AgentOptions.init) {
            options,
            signals in
            for warning in options.warnings { Logger(label: "agent").warning("\(warning)") }
            do throws(AgentStartError) {
                try await AgentProgram(options).run(signals)
            } catch {
                guard error.isOfConfiguration else { throw error }
                throw ConfigurationFault(error)
            }
        }
    }

    /// Checks the settings and prints them; returns the exit status.
    package static func check(file: String?, arguments: [String]) -> Int32 {
        daemon.check(file: file, arguments: arguments) { try AgentOptions($0).warnings }
    }

    /// A settings file with every key, explained and commented out.
    package static func sampleSettings() -> String { daemon.sampleSettings() }

    /// The flags of settings, explained.
    package static func settingsHelp() -> String { daemon.settingsHelp() }
}
