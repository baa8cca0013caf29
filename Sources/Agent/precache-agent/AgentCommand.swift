import AgentApp
import ArgumentParser

/// `precache-agent`: flags here, everything else in AgentApp.
@main
struct AgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "precache-agent",
        abstract: "Fetches, verifies and keeps VM base images on a compute host.",
        discussion: """
            Every setting can be given in the file of --config (TOML), as PRECACHE_AGENT_… in the environment, and as a \
            flag such as --listen-port 7701; the latter beat the former. --sample-config lists them all.
            """,
        version: AgentVersion.text
    )

    @Option(name: .long, help: "The TOML file with the settings; also PRECACHE_AGENT_CONFIG.")
    var config: String?

    @Flag(name: .long, help: "Print a settings file with every key explained, and end.")
    var sampleConfig = false

    @Flag(name: .long, help: "Check the settings, print them without secrets, and end.")
    var checkConfig = false

    @Argument(parsing: .captureForPassthrough, help: .hidden)
    var settings: [String] = []

    func run() async throws {
        try await AgentMain.run(
            config: config,
            arguments: settings,
            sampleConfig: sampleConfig,
            checkConfig: checkConfig
        )
    }
}
