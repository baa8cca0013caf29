import ArgumentParser
import PrecacheClient

/// `precache host list`.
struct HostListCommand: ServiceCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List hosts by name.")

    @Option(
        help: ArgumentHelp("At most so many. Default: all.", valueName: "n"),
        transform: CheckedArgument.positive
    )
    var limit: Int?

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let printer = ListPrinter<HostView>(
            columns: [.text("NAME"), .text("AGENT"), .text("STATE"), .text("ENABLED"), .text("LABELS")],
            empty: "No hosts. Add one with: precache host set NAME --address ADDRESS",
            cells: { host in
                [
                    host.name, HostRow.endpoint(host), host.state, HostRow.enabled(host),
                    HostRow.texts(host.labels),
                ]
            }
        )
        try await printer.run(context, limit: limit) { wanted, after throws(ClientError) in
            try await context.client.hosts(limit: wanted, after: after)
        }
        return .succeeded
    }
}
