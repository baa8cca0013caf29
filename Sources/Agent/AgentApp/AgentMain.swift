import Logging
import ProgramKit
import Settings

/// What the program `precache-agent` does; its flags are the executable's.
package enum AgentMain {
    private static let daemon = Daemon(
        AgentSettings.schema,
        installedFile: "/etc/precache/agent.toml",
        logFormat: AgentSettings.logFormat,
        logLevel: AgentSettings.logLevel
    )

    /// Runs the agent until SIGTERM or SIGINT.
    ///
    /// - Parameters:
    ///   - file: The settings file; otherwise `PRECACHE_AGENT_CONFIG` names it, or it is the installed one.
    ///   - arguments: Flags of settings.
    /// - Returns: The exit status.
    package static func serve(file: String?, arguments: [String]) async -> Int32 {
        await daemon.serve(file: file, arguments: arguments, configure: options) { options, signals in
            for warning in options.warnings { Logger(label: "agent").warning("\(warning)") }
            do throws(AgentStartError) {
                try await AgentProgram(options).run(signals)
            } catch {
                guard error.isOfConfiguration else { throw error }
                throw ConfigurationFault(error)
            }
        }
    }

    /// Checks the settings and what they name, and prints them unless `isQuiet`; returns the exit status.
    package static func check(file: String?, arguments: [String], isQuiet: Bool) -> Int32 {
        daemon.check(file: file, arguments: arguments, isQuiet: isQuiet) { values in
            let options = try options(values)
            try options.checkCache()
            return options.warnings + options.conversionWarnings
        }
    }

    /// The settings and the files that they name, checked.
    private static func options(_ values: SettingsValues) throws(AgentStartError) -> AgentOptions {
        let options = try AgentOptions(values)
        try options.checkFiles()
        return options
    }

    /// A settings file with every key, explained and commented out.
    package static func sampleSettings() -> String { daemon.sampleSettings() }

    /// The flags of settings, explained.
    package static func settingsHelp() -> String { daemon.settingsHelp() }
}
