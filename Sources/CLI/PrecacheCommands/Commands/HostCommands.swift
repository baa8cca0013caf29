import ArgumentParser
import PrecacheClient
import PrecacheModel

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

/// `precache host list`.
struct HostListCommand: ServiceCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List hosts by name.")

    @Option(
        help: ArgumentHelp("At most so many. Default: all.", valueName: "n"),
        transform: CheckedArgument.positive
    )
    var limit: Int?

    @Option(
        help: ArgumentHelp("Only hosts in this state: up, down, unknown.", valueName: "state"),
        completion: .words(HostState.self),
        transform: CheckedWord.hostState
    )
    var state: String?

    @Option(
        help: ArgumentHelp(
            "Only hosts with this label, whatever its value if none is given. May be repeated.",
            valueName: "key[=value]"
        )
    )
    var label: [String] = []

    @Option(
        help: ArgumentHelp(
            "Only hosts that could have this image and lack it, or have it damaged.",
            valueName: "id or name"
        ),
        completion: NameCompletion.image.kind
    )
    var missing: String?

    @Flag(help: "Only hosts that take part in jobs, or only those that don't.")
    var taking: HostsTaking?

    @Flag(
        help:
            "Hosts that send heartbeats which the service doesn't take, and why: not in the inventory, or a wrong token."
    )
    var unknown = false

    @OptionGroup
    var list: ListOptions

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        if unknown { return try await UnknownHosts.list(context, list, limit) }
        var image: String?
        if let missing {
            let named = try await ImageResolver(client: context.client).doubtedIDs(of: [missing])
            try context.console.say(named.compactMap(\.doubt))
            image = named.first?.id
        }
        let query = HostQuery(
            state: state,
            enabled: taking.map { $0 == .enabled },
            labels: label,
            missing: image
        )
        let printer = ListPrinter<HostView>(
            columns: [
                .text("NAME", \.name), .text("AGENT", HostRow.endpoint), .text("STATE", \.state),
                .text("ENABLED", HostRow.enabled), .time("HEARTBEAT", wide: true, { $0.heartbeat?.at }),
                .text("VERSION", wide: true, { $0.heartbeat?.version }),
                .number("FREE", wide: true, { $0.heartbeat?.disk?.freeBytes }, Quantity.bytes),
                .count("IMAGES", wide: true, { $0.heartbeat?.cache?.images }),
                .text("DISABLED BECAUSE", wide: true, \.disabledReason),
                .prose("LABELS", { HostRow.texts($0.labels) }),
            ],
            empty: query.isEmpty
                ? "No hosts. Add one with: precache host set NAME --address ADDRESS" : "No such hosts.",
            byName: true,
            name: \.name
        )
        try await printer.run(context, list, limit: limit) { wanted, after throws(ClientError) in
            try await context.client.hosts(query, limit: wanted, after: after)
        }
        return .succeeded
    }
}

/// Whether hosts take part in jobs, as flags.
enum HostsTaking: EnumerableFlag {
    case enabled
    case disabled
}

/// `precache host show NAME`.
struct HostShowCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a host: its agent's last heartbeat, what it holds, and what ailed it lately."
    )

    @Argument(help: "The host's name.", completion: NameCompletion.host.kind)
    var name: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        try HostRow.show(try await context.client.host(name), context)
        return .succeeded
    }
}

/// `precache host set NAME`.
struct HostSetCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Add a host, or change it; what isn't given stays."
    )

    @Argument(help: "The host's name, as Nova knows it.", completion: NameCompletion.host.kind)
    var name: String

    @Option(help: "Where its agent listens: an IP address or a DNS name. Default: the host's name.")
    var address: String?

    @Option(help: "The agent's port. Default: 7701.", transform: CheckedArgument.port)
    var port: Int?

    @Option(
        help: ArgumentHelp("A label; an empty value takes it away. May be repeated.", valueName: "key=value"),
        transform: CheckedArgument.pair
    )
    var label: [NamedText] = []

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        try await HostChange.apply(to: name, mustExist: false, context) { settings in
            settings.address = address ?? settings.address
            settings.port = port ?? settings.port
            settings.labels = NamedText.merge(settings.labels, label)
        }
    }
}

/// `precache host enable NAME`.
struct HostEnableCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "enable",
        abstract: "Let a host take part in jobs, and in exchanges of images."
    )

    @Argument(help: "The host's name.", completion: NameCompletion.host.kind)
    var name: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        try await HostChange.apply(to: name, mustExist: true, context) { settings in
            settings.enabled = true
            settings.disabledReason = nil
        }
    }
}

/// `precache host disable NAME`.
struct HostDisableCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "disable",
        abstract: "Keep a host out of jobs; its results say so."
    )

    @Argument(help: "The host's name.", completion: NameCompletion.host.kind)
    var name: String

    @Option(
        help: ArgumentHelp("Why, for people: shown with the host and with what jobs skip.", valueName: "text")
    )
    var reason: String?

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        try await HostChange.apply(to: name, mustExist: true, context) { settings in
            settings.enabled = false
            settings.disabledReason = reason ?? settings.disabledReason
        }
    }
}

/// `precache host delete NAME`.
struct HostDeleteCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Remove a host from the inventory."
    )

    @Argument(help: "The host's name.", completion: NameCompletion.host.kind)
    var name: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        try await context.client.deleteHost(name)
        try context.console.say(["Deleted host '\(TerminalText.escaped(name))'."])
        return .succeeded
    }
}

/// Changes a host's settings and keeps the others: the service replaces what it is given as a whole.
enum HostChange {
    static func apply(
        to name: String,
        mustExist: Bool,
        _ context: CommandContext,
        _ change: (inout HostSettings) -> Void
    ) async throws -> ExitStatus {
        let read = { () async throws(ClientError) in try await context.client.host(name) }
        let known = mustExist ? try await read().value : try await context.known(read)
        var settings = HostSettings(of: known)
        change(&settings)
        try HostRow.show(try await context.client.setHost(name, settings), context)
        return .succeeded
    }
}
