import ArgumentParser

/// `precache host …`.
struct HostCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "host",
        abstract: "See and change the inventory's hosts.",
        subcommands: [
            HostListCommand.self, HostShowCommand.self, HostSetCommand.self, HostDeleteCommand.self,
            HostEnableCommand.self, HostDisableCommand.self, HostCacheCommand.self,
        ]
    )
}
