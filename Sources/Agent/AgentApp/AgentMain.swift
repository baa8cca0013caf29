import FoundationEssentials
import Logging
import Settings
import Telemetry

/// What the executable does once its own flags are read.
public enum AgentMain {
    /// Reads the settings and runs the agent until it is told to stop.
    ///
    /// - Parameters:
    ///   - config: The settings file; `PRECACHE_AGENT_CONFIG` names one otherwise.
    ///   - arguments: Settings as flags.
    ///   - sampleConfig: Print a sample file instead.
    ///   - checkConfig: Print the settings instead, after all checks that need no file of others.
    /// - Throws: What keeps the agent from starting, worded for people.
    public static func run(
        config: String?,
        arguments: [String],
        sampleConfig: Bool,
        checkConfig: Bool
    ) async throws {
        guard !sampleConfig else { return print(AgentSettings.schema.sampleFile(), terminator: "") }
        let environment = ProcessInfo.processInfo.environment
        let values = try AgentSettings.schema.load(
            file: config ?? environment["PRECACHE_AGENT_CONFIG"],
            environment: environment,
            arguments: arguments
        )
        guard !checkConfig else {
            _ = try AgentOptions(values)
            for entry in values.dump() { print("\(entry.key) = \(entry.value)  # \(entry.origin)") }
            return
        }
        LogOutput.bootstrap(
            format: values[AgentSettings.logFormat],
            level: Logger.Level(rawValue: values[AgentSettings.logLevel]) ?? .info
        )
        for warning in values.warnings { Logger(label: "settings").warning("\(warning)") }
        try await AgentProgram(values).run()
    }
}
