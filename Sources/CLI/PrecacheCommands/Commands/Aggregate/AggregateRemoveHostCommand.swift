import ArgumentParser
import PrecacheClient

/// `precache aggregate remove-host AGGREGATE HOST…`.
struct AggregateRemoveHostCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove-host",
        abstract: "Take hosts out of an aggregate; they stay in the inventory."
    )

    @Argument(help: "The aggregate's name or id.")
    var aggregate: String

    @Argument(help: "Each host's name.")
    var hosts: [String]

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        var last: [UInt8] = []
        for host in hosts {
            let reply = try await context.client.removeHost(host, from: aggregate)
            try context.console.say([
                TerminalText.escaped("'\(host)' is no longer in '\(aggregate)'.")
            ])
            last = reply.body
        }
        if context.format == .json { try context.print(json: last) }
        return .succeeded
    }
}
