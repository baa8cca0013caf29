import ArgumentParser
import PrecacheClient

/// `precache aggregate …`.
struct AggregateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "aggregate",
        abstract: "See and change the inventory's aggregates.",
        subcommands: [
            AggregateListCommand.self, AggregateShowCommand.self, AggregateSetCommand.self,
            AggregateDeleteCommand.self, AggregateAddHostCommand.self, AggregateRemoveHostCommand.self,
        ]
    )
}

/// `precache aggregate list`.
struct AggregateListCommand: ServiceCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List aggregates by name.")

    @Option(
        help: ArgumentHelp("At most so many. Default: all.", valueName: "n"),
        transform: CheckedArgument.positive
    )
    var limit: Int?

    @OptionGroup
    var list: ListOptions

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let printer = ListPrinter<AggregateView>(
            columns: [
                .number("ID", { $0.id.map { Int64($0) } }, { "\($0)" }), .text("NAME", \.name),
                .text("ZONE", \.availabilityZone),
                .count("HOSTS", { $0.hosts?.count }),
                .prose("METADATA", { HostRow.texts($0.metadata) }),
            ],
            empty: "No aggregates. Add one with: precache aggregate set NAME --host HOST",
            byName: true,
            name: \.name
        )
        try await printer.run(context, list, limit: limit) { wanted, after throws(ClientError) in
            try await context.client.aggregates(limit: wanted, after: after)
        }
        return .succeeded
    }
}

/// `precache aggregate show NAME`.
struct AggregateShowCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show an aggregate and its hosts."
    )

    @Argument(help: "The aggregate's name or id.", completion: NameCompletion.aggregate.kind)
    var name: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        try AggregateDetails.show(try await context.client.aggregate(name), context)
        return .succeeded
    }
}

/// `precache aggregate set NAME`.
struct AggregateSetCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Add an aggregate, or change it; what isn't given stays."
    )

    @Argument(help: "The aggregate's name.", completion: NameCompletion.aggregate.kind)
    var name: String

    @Option(help: ArgumentHelp("The availability zone that it makes.", valueName: "name"))
    var zone: String?

    @Option(
        help: ArgumentHelp(
            "Metadata; an empty value takes it away. May be repeated.",
            valueName: "key=value"
        ),
        transform: CheckedArgument.pair
    )
    var metadata: [NamedText] = []

    @Option(
        help: ArgumentHelp("A host to add. May be repeated.", valueName: "name"),
        completion: NameCompletion.host.kind
    )
    var host: [String] = []

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let known = try await context.known { () throws(ClientError) in
            try await context.client.aggregate(name)
        }
        var settings = AggregateSettings(of: known)
        settings.availabilityZone = zone ?? settings.availabilityZone
        settings.metadata = NamedText.merge(settings.metadata, metadata)
        var reply = try await context.client.setAggregate(name, settings)
        for host in host { reply = try await context.client.addHost(host, to: name) }
        try AggregateDetails.show(reply, context)
        return .succeeded
    }
}

/// `precache aggregate delete NAME`.
struct AggregateDeleteCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Remove an aggregate; its hosts stay in the inventory."
    )

    @Argument(help: "The aggregate's name.", completion: NameCompletion.aggregate.kind)
    var name: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        try await context.client.deleteAggregate(name)
        try context.console.say(["Deleted aggregate '\(TerminalText.escaped(name))'."])
        return .succeeded
    }
}

/// `precache aggregate add-host AGGREGATE HOST…`.
struct AggregateAddHostCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "add-host",
        abstract: "Put hosts into an aggregate."
    )

    @Argument(help: "The aggregate's name or id.", completion: NameCompletion.aggregate.kind)
    var aggregate: String

    @Argument(help: "Each host's name.", completion: NameCompletion.host.kind)
    var hosts: [String]

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        try await context.move(hosts, "is in '\(aggregate)'") { host throws(ClientError) in
            try await context.client.addHost(host, to: aggregate)
        }
    }
}

/// `precache aggregate remove-host AGGREGATE HOST…`.
struct AggregateRemoveHostCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove-host",
        abstract: "Take hosts out of an aggregate; they stay in the inventory."
    )

    @Argument(help: "The aggregate's name or id.", completion: NameCompletion.aggregate.kind)
    var aggregate: String

    @Argument(help: "Each host's name.", completion: NameCompletion.host.kind)
    var hosts: [String]

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        try await context.move(hosts, "is no longer in '\(aggregate)'") { host throws(ClientError) in
            try await context.client.removeHost(host, from: aggregate)
        }
    }
}

extension CommandContext {
    /// Calls for one host after the other; writes what is true of each then, and the aggregate's JSON at the end.
    fileprivate func move(
        _ hosts: [String],
        _ truth: String,
        _ call: (_ host: String) async throws(ClientError) -> Reply<AggregateView>
    ) async throws -> ExitStatus {
        var last: [UInt8] = []
        for host in hosts {
            last = try await call(host).body
            try console.say([TerminalText.escaped("'\(host)' \(truth).")])
        }
        if format.isDocument { try print(json: last) }
        return .succeeded
    }
}

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
        guard context.format.isTable else { return }
        let hosts = (aggregate.hosts ?? []).sorted(by: NaturalOrder.precedes)
        try context.console.print(hosts.map { "  " + TerminalText.escaped($0) })
    }
}
