import ArgumentParser
import PrecacheClient

/// `precache aggregate list`.
struct AggregateListCommand: ServiceCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List aggregates by name.")

    @Option(
        help: ArgumentHelp("At most so many. Default: all.", valueName: "n"),
        transform: CheckedArgument.positive
    )
    var limit: Int?

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let printer = ListPrinter<AggregateView>(
            columns: [.number("ID"), .text("NAME"), .text("ZONE"), .number("HOSTS"), .text("METADATA")],
            empty: "No aggregates. Add one with: precache aggregate set NAME --host HOST",
            cells: { aggregate in
                [
                    aggregate.id.map(String.init), aggregate.name, aggregate.availabilityZone,
                    aggregate.hosts.map { Quantity.count($0.count) }, HostRow.texts(aggregate.metadata),
                ]
            }
        )
        try await printer.run(context, limit: limit) { wanted, after throws(ClientError) in
            try await context.client.aggregates(limit: wanted, after: after)
        }
        return .succeeded
    }
}
