import AgentApp
import ArgumentParser

/// `precache-agent`: flags in, exit status out.
@main
struct AgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "precache-agent",
        abstract: "Fetches, verifies and keeps VM base images on a compute host.",
        discussion:
            "Without a command it serves. Every setting is also a flag; 'precache-agent settings' explains them.",
        version: AgentVersion.text,
        subcommands: [Serve.self, Settings.self, Check.self],
        defaultSubcommand: Serve.self
    )
}
