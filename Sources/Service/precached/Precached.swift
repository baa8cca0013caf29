import ArgumentParser
import ServiceApp

/// The service's program: flags in, exit status out.
@main
struct Precached: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "precached",
        abstract: "Caches VM images on the hosts of an aggregate, and tells what became of each.",
        discussion:
            "Without a command it serves. Every setting is also a flag; 'precached settings' explains them.",
        version: ServiceProgram.version,
        subcommands: [Serve.self, Token.self, Settings.self, Routes.self],
        defaultSubcommand: Serve.self
    )
}
