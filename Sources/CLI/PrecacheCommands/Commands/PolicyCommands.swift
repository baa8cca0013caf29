import ArgumentParser
import PrecacheClient

/// `precache policy …`.
struct PolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "See and change what is to be warm where: orders that the service keeps by itself.",
        subcommands: [
            PolicyListCommand.self, PolicyShowCommand.self, PolicyApplyCommand.self,
            PolicyDeleteCommand.self, PolicyRunCommand.self,
        ]
    )
}

/// `precache policy list`.
struct PolicyListCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List policies by name, with how far each is carried out."
    )

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
        let printer = ListPrinter<PolicyView>(
            columns: [
                .text("NAME", \.name),
                .share("COVERAGE", context.console.glyphs, { $0.status?.fraction }),
                .text("STATE", { $0.status?.state }),
                .count("MISSING HOSTS", { $0.status?.missingHosts }),
                .text("PRIORITY", wide: true, { $0.spec.priority }),
                .time("LAST RUN", wide: true, { $0.status?.lastRunAt }),
                .time("NEXT RUN", wide: true, { $0.status?.nextRunAt }),
                .time("NEXT WINDOW", wide: true, { $0.status?.nextWindowAt }),
                .prose("AGGREGATES", wide: true, { $0.spec.aggregates.joined(separator: ", ") }),
                .prose("IMAGES", wide: true, PolicyText.images),
                .prose("HELD UP BY", PolicyText.holds),
            ],
            empty: "No policies. Add some with: precache policy apply -f FILE",
            byName: true,
            name: \.name
        )
        try await printer.run(context, list, limit: limit) { wanted, after throws(ClientError) in
            try await context.client.policies(limit: wanted, after: after)
        }
        return .succeeded
    }
}

/// `precache policy show NAME`.
struct PolicyShowCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a policy: what it says, which images that means now, and what holds it up."
    )

    @Argument(help: "The policy's name.", completion: NameCompletion.policy.kind)
    var name: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        try PolicyDetails.show(try await context.client.policy(name), context)
        return .succeeded
    }
}

/// `precache policy delete NAME`.
struct PolicyDeleteCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Remove a policy; its images stay on the hosts until room is needed."
    )

    @Argument(help: "The policy's name.", completion: NameCompletion.policy.kind)
    var name: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        try await context.client.deletePolicy(name)
        try context.console.say(["Deleted policy '\(TerminalText.escaped(name))'."])
        return .succeeded
    }
}

/// `precache policy run NAME`.
struct PolicyRunCommand: ServiceCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Look up a policy's images now, and make a job of what is missing.",
        discussion: "The service does so by itself every few minutes, and when hosts or images change."
    )

    @Argument(help: "The policy's name.", completion: NameCompletion.policy.kind)
    var name: String

    @OptionGroup
    var client: ClientOptions

    func run(_ context: CommandContext) async throws -> ExitStatus {
        let reply = try await context.client.runPolicy(name)
        if context.format.isDocument {
            try context.print(json: reply.body)
        } else {
            let shown = TerminalText.escaped(reply.value.name)
            try context.console.say([
                "Policy '\(shown)' is looked at now.",
                "  see what comes of it: precache policy show \(shown)",
            ])
        }
        return .succeeded
    }
}
