import PrecacheClient

/// Words for an aggregate.
enum AggregateDetails {
    static func show(_ reply: Reply<AggregateView>, _ context: CommandContext) throws {
        let aggregate = reply.value
        try context.show(
            reply.body,
            [
                ("Aggregate", aggregate.name),
                ("Id", aggregate.id.map(String.init)),
                ("Zone", aggregate.availabilityZone),
                ("Metadata", HostRow.texts(aggregate.metadata)),
                ("Hosts", aggregate.hosts.map { Quantity.count($0.count) }),
            ]
        )
        guard context.format == .table else { return }
        try context.console.print((aggregate.hosts ?? []).map { "  " + TerminalText.escaped($0) })
    }
}
