import ArgumentParser
import PrecacheClient

/// `precache aggregate add-host AGGREGATE HOST…`.
struct AggregateAddHostCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "add-host",
        abstract: "Put hosts into an aggregate."
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
            let reply = try await context.client.addHost(host, to: aggregate)
            try context.console.say([
                TerminalText.escaped("'\(host)' is in '\(aggregate)'.")
            ])
            last = reply.body
        }
        if context.format == .json { try context.print(json: last) }
        return .succeeded
    }
}
